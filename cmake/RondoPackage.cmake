# What `cmake --install` and CPack put where. `cpack --config build/release/CPackConfig.cmake` makes a .deb and a .tar.gz;
# deploy/package/check makes both and looks at them.
# The program alone: installing it builds no tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
install(FILES LICENSE deploy/package/copyright deploy/CONTAINERS.md README.md coordinator/store/FORMAT.md worker/kernels/NUMERICS.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES deploy/slurm/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME SLURM.md)
install(FILES tests/data/tables/penguins.csv DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES deploy/slurm/body.sh deploy/slurm/search.sbatch deploy/slurm/array.sbatch deploy/slurm/replay.sbatch
  DESTINATION ${CMAKE_INSTALL_DATADIR}/rondo/slurm)
# Compressed as Debian wants manuals, without a date in it.
set(manual ${PROJECT_SOURCE_DIR}/deploy/package/rondo.1)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${manual})
execute_process(COMMAND gzip -9nc ${manual} OUTPUT_FILE ${PROJECT_BINARY_DIR}/rondo.1.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${PROJECT_BINARY_DIR}/rondo.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME rondo)
set(CPACK_PACKAGE_VENDOR Rondo)
set(CPACK_PACKAGE_CONTACT "The Rondo authors <rondo@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "parallel neural architecture search with the same bits on any number of ranks")
# CPack keeps the first line of this as it is; the summary stands before it.
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Searches for neural networks for a table, alone, on the ranks of mpirun or as a
Slurm job. What it finds depends on the experiment, the bytes of the table and
the master seed, and on nothing else: not on the number of ranks, on pauses and
crashes, or on the CPU.")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# The libraries that the binary is linked to, with their least versions; mpirun it starts by name.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS slurm-client)
include(CPack)
