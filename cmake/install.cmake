# find_package(adatape) for users; target_link_libraries(app PRIVATE adatape::adatape), adatape::io for files too, adatape::image for
# pictures too, adatape::mpi for several processes too. pkg-config: adatape, adatape-io, adatape-image.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(adatape_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/adatape")
install(TARGETS adatape_adatape EXPORT adatapeTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT adatapeTargets NAMESPACE adatape:: DESTINATION "${adatape_package_dir}")
if(TARGET adatape_io)
  install(TARGETS adatape_io EXPORT adatapeIoTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT adatapeIoTargets NAMESPACE adatape:: DESTINATION "${adatape_package_dir}")
endif()
if(TARGET adatape_image)
  install(TARGETS adatape_image EXPORT adatapeImageTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT adatapeImageTargets NAMESPACE adatape:: DESTINATION "${adatape_package_dir}")
endif()
if(TARGET adatape_mpi)
  install(TARGETS adatape_mpi EXPORT adatapeMpiTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(EXPORT adatapeMpiTargets NAMESPACE adatape:: DESTINATION "${adatape_package_dir}")
endif()
write_basic_package_version_file("${PROJECT_BINARY_DIR}/adatapeConfigVersion.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/adatapeConfig.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindXsimd.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/instruction_sets.cmake" "${PROJECT_SOURCE_DIR}/cmake/instruction_set_support.hpp"
              "${PROJECT_SOURCE_DIR}/cmake/choose_instruction_set.cpp"
              "${PROJECT_SOURCE_DIR}/cmake/choose_functions.cpp.in" "${PROJECT_BINARY_DIR}/adatapeConfigVersion.cmake"
        DESTINATION "${adatape_package_dir}")

# The sources of the programs that adatape_add_programs builds for a user's models. adatapeConfig.cmake finds them by the way from its own folder.
include("${PROJECT_SOURCE_DIR}/examples/programs.cmake")
set(adatape_examples_dir "${CMAKE_INSTALL_DATADIR}/adatape/examples")
install(FILES "${PROJECT_SOURCE_DIR}/examples/add_programs.cmake" "${PROJECT_SOURCE_DIR}/examples/models.cmake" "${PROJECT_SOURCE_DIR}/examples/programs.cmake"
              "${PROJECT_SOURCE_DIR}/examples/command_line.hpp"
        DESTINATION "${adatape_examples_dir}")
foreach(folder IN LISTS adatape_program_folders) # one by one, since the folders may hold what Python or an editor leaves
  set(sources "${PROJECT_SOURCE_DIR}/examples/${folder}")
  file(GLOB sources CONFIGURE_DEPENDS "${sources}/*.hpp" "${sources}/*.cpp" "${sources}/*.in" "${sources}/*.toml" "${sources}/*.py")
  install(FILES ${sources} DESTINATION "${adatape_examples_dir}/${folder}")
endforeach()

# Relative to the place of the .pc file, so that an installed tree can be moved.
file(RELATIVE_PATH adatape_prefix_from_pc "/${CMAKE_INSTALL_DATADIR}/pkgconfig" "/")
set(adatape_pc_names adatape)
if(TARGET adatape_io)
  list(APPEND adatape_pc_names adatape-io)
endif()
if(TARGET adatape_image)
  list(APPEND adatape_pc_names adatape-image)
endif()
foreach(name IN LISTS adatape_pc_names)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in" "${PROJECT_BINARY_DIR}/${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc" DESTINATION "${CMAKE_INSTALL_DATADIR}/pkgconfig")
endforeach()

add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}" -D "BUILD=${PROJECT_BINARY_DIR}" -D "INCLUDE_FOLDER=${CMAKE_INSTALL_INCLUDEDIR}"
                                    -P "${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake" VERBATIM)
