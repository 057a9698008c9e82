# How our own programs are built: strict warnings, the machine's instruction set, one folder for what runs.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

add_library(adatape_warnings INTERFACE)
target_compile_options(adatape_warnings INTERFACE -Wall -Wextra -Wconversion -Werror)
add_library(adatape_program_options INTERFACE)
target_link_libraries(adatape_program_options INTERFACE adatape_warnings)
if(ADATAPE_ARCH)
  target_compile_options(adatape_program_options INTERFACE -march=${ADATAPE_ARCH})
endif()

# adatape_optimise_as_users(TARGET): -O3, with which users compile, in every build that is optimised. Presets for tests have -O1 for all else.
function(adatape_optimise_as_users target)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(${target} PRIVATE -O3)
  endif()
endfunction()

# adatape_kernels(TARGET [DEFINITIONS...]): the library TARGET of the kernels of products (ops/kernels.hpp), for programs whose other files leave them out.
function(adatape_kernels target)
  add_library(${target} STATIC EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/examples/common/kernels.cpp")
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${target} PRIVATE adatape::adatape adatape_warnings)
  target_compile_options(${target} PRIVATE $<$<BOOL:${ADATAPE_ARCH}>:-march=${ADATAPE_ARCH}>)
  target_compile_definitions(${target} PRIVATE ${ARGN} INTERFACE ADATAPE_SEPARATE_KERNELS)
endfunction()
adatape_kernels(adatape_kernels)
adatape_optimise_as_users(adatape_kernels)
target_link_libraries(adatape_program_options INTERFACE adatape_kernels)

set_target_properties(adatape_adatape PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
foreach(optional adatape_io adatape_image adatape_mpi)
  if(TARGET ${optional})
    set_target_properties(${optional} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ${PROJECT_IS_TOP_LEVEL})
  endif()
endforeach()

# adatape_program(NAME SOURCES... [LIBRARIES ...] [OPTIONS ...]): OPTIONS such as -O1 come last and so override the build type's.
function(adatape_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "LIBRARIES;OPTIONS")
  add_executable(${name} ${program_UNPARSED_ARGUMENTS})
  target_link_libraries(${name} PRIVATE adatape::io adatape_program_options ${program_LIBRARIES})
  target_compile_options(${name} PRIVATE ${program_OPTIONS})
endfunction()
