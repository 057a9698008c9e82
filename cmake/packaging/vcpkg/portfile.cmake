# An overlay port of the checkout that it lies in: vcpkg install adatape --overlay-ports=cmake/packaging/vcpkg. No test runs vcpkg, which Debian does not have.
set(VCPKG_BUILD_TYPE release) # headers alone
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)

vcpkg_check_features(OUT_FEATURE_OPTIONS FEATURE_OPTIONS
    FEATURES
        mpi ADATAPE_MPI
    INVERTED_FEATURES
        io CMAKE_DISABLE_FIND_PACKAGE_nlohmann_json
        image CMAKE_DISABLE_FIND_PACKAGE_PNG
)
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS
        -DADATAPE_BUILD_EXAMPLES=OFF
        -DADATAPE_BUILD_TESTS=OFF
        -DADATAPE_BUILD_BENCH=OFF
        ${FEATURE_OPTIONS}
)
vcpkg_cmake_install()
# The package's own files move to share/adatape, beside the sources of programs, which they find by a relative path.
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/adatape)
vcpkg_replace_string("${CURRENT_PACKAGES_DIR}/share/adatape/adatapeConfig.cmake"
    "\${CMAKE_CURRENT_LIST_DIR}/../../adatape/examples" "\${CMAKE_CURRENT_LIST_DIR}/examples")
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
file(INSTALL "${CURRENT_PORT_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
