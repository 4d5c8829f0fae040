# One function per kind of target, so that every folder's CMakeLists.txt only states its name and its arrows.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Contraction would turn a*b+c into an fma on some CPUs only; the canonical numerics say fma where they mean it.
add_library(rondo_flags INTERFACE)
target_compile_options(rondo_flags INTERFACE
  -ffp-contract=off -fno-fast-math -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Werror)
target_include_directories(rondo_flags INTERFACE ${PROJECT_SOURCE_DIR})
if(CMAKE_UNITY_BUILD)
  # Several files of a folder at once, which halves the time of the presets that do so. It takes local names that are
  # unique in a folder; warnings about what a file shadows, or takes from another's anonymous namespace, mean nothing.
  target_compile_options(rondo_flags INTERFACE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(RONDO_WITH_MPI)
  target_compile_definitions(rondo_flags INTERFACE RONDO_WITH_MPI=1)
endif()
if(RONDO_SANITIZE)
  target_compile_options(rondo_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(rondo_flags INTERFACE -fsanitize=address,undefined)
endif()

# rondo_library(NAME [PUBLIC targets...] [PRIVATE targets...]): every .cpp of the calling folder.
function(rondo_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;EXCLUDE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(ARG_EXCLUDE)
    list(TRANSFORM ARG_EXCLUDE PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    list(REMOVE_ITEM sources ${ARG_EXCLUDE})
  endif()
  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC rondo_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE rondo_flags ${ARG_PUBLIC})
  endif()
endfunction()

# rondo_test(NAME [FOLDER folder] LIBRARIES targets... [LABEL label]): every .cpp of the folder (the calling one
# when none is named) as one GoogleTest binary.
function(rondo_test name)
  cmake_parse_arguments(ARG "" "FOLDER;LABEL" "LIBRARIES" ${ARGN})
  if(NOT ARG_FOLDER)
    set(ARG_FOLDER .)
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${ARG_FOLDER}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE rondo_flags ${ARG_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
  # Half of a build's time goes into tests, and they are bound by what they test.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE
    RONDO_SOURCE_DIR="${PROJECT_SOURCE_DIR}" RONDO_BINARY_DIR="${PROJECT_BINARY_DIR}")
  gtest_discover_tests(${name} TEST_PREFIX "${name}." PROPERTIES LABELS "${ARG_LABEL}" DISCOVERY_TIMEOUT 120)
endfunction()
