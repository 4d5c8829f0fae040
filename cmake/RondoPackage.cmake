# What `cmake --install` and CPack put where. `cpack --config build/release/CPackConfig.cmake` makes a .deb and a .tar.gz.
# The program alone: installing it builds no tests.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES deploy/package/rondo.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES deploy/slurm/body.sh deploy/slurm/search.sbatch deploy/slurm/array.sbatch deploy/slurm/replay.sbatch
  DESTINATION ${CMAKE_INSTALL_DATADIR}/rondo/slurm)

set(CPACK_GENERATOR DEB TGZ)
set(CPACK_PACKAGE_NAME rondo)
set(CPACK_PACKAGE_VENDOR Rondo)
set(CPACK_PACKAGE_CONTACT "The Rondo authors <rondo@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Parallel neural architecture search with the same bits on any number of ranks")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
# The libraries that the binary is linked to, with their least versions; mpirun it starts by name.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS slurm-client)
include(CPack)
