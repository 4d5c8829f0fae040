# One program for each mutations/*.txt: the simulator with a changed copy of one source of coordinator/schedule, and a
# test that the simulation fails with it. The program's own objects come before the library's, so that the linker takes
# the changed ones; a changed header needs every source compiled again.
set(schedule ${PROJECT_SOURCE_DIR}/coordinator/schedule)
set(mutate ${CMAKE_CURRENT_SOURCE_DIR}/mutations/mutate.py)
file(GLOB schedule_sources CONFIGURE_DEPENDS ${schedule}/*.cpp)
file(GLOB mutations CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/mutations/*.txt)
foreach(mutation ${mutations})
  cmake_path(GET mutation STEM name)
  file(STRINGS ${mutation} file REGEX "^file ")
  file(STRINGS ${mutation} expect REGEX "^expect ")
  string(REPLACE "file " "" file "${file}")
  string(REPLACE "expect " "" expect "${expect}")
  string(REPLACE " " "," expect "${expect}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${mutation})

  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutations/${name})
  set(mutant ${folder}/coordinator/schedule/${file})
  add_custom_command(OUTPUT ${mutant}
    COMMAND ${mutate} ${mutation} ${schedule} ${mutant}
    DEPENDS ${mutate} ${mutation} ${schedule}/${file} VERBATIM)
  add_executable(mutant_${name} ${mutant})
  if(file MATCHES "\\.h$")
    target_sources(mutant_${name} PRIVATE ${schedule_sources})
  endif()
  target_include_directories(mutant_${name} BEFORE PRIVATE ${folder})
  # A mutation may leave a parameter unused.
  target_compile_options(mutant_${name} PRIVATE -w)
  target_link_libraries(mutant_${name} PRIVATE rondo_simulate_main)

  add_test(NAME simulation.mutation.${name} COMMAND mutant_${name} --seed 1 --count 4000 --expect ${expect})
  set_tests_properties(simulation.mutation.${name} PROPERTIES LABELS simulation TIMEOUT 300)
endforeach()
