# find_package(adatape) for users; target_link_libraries(app PRIVATE adatape::adatape), or adatape::io for files too.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(adatape_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/adatape")
set(adatape_targets adatape_adatape)
if(TARGET adatape_io)
  list(APPEND adatape_targets adatape_io)
endif()
install(TARGETS ${adatape_targets} EXPORT adatapeTargets FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT adatapeTargets NAMESPACE adatape:: DESTINATION "${adatape_package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/adatapeConfigVersion.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/adatapeConfig.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindRandom123.cmake" "${PROJECT_SOURCE_DIR}/cmake/FindXsimd.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/dependencies.cmake" "${PROJECT_BINARY_DIR}/adatapeConfigVersion.cmake"
        DESTINATION "${adatape_package_dir}")
