# cpack -G DEB: the Debian package libadatape-dev. It holds what is installed, and what only a .deb has: the component debian. cpack installs both by their
# names, and so leaves install_manifest.txt to the target uninstall. deb_options.cmake runs when cpack does.
set(packaging "${PROJECT_SOURCE_DIR}/cmake/packaging")
install(CODE "execute_process(COMMAND gzip -9nc \"${packaging}/debian/changelog\" OUTPUT_FILE \"${PROJECT_BINARY_DIR}/changelog.gz\"
                              COMMAND_ERROR_IS_FATAL ANY)" COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES "${packaging}/debian/copyright" "${PROJECT_BINARY_DIR}/changelog.gz" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/libadatape-dev"
        COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PROJECT_CONFIG_FILE "${packaging}/deb_options.cmake")
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};adatape;Unspecified;/" "${PROJECT_BINARY_DIR};adatape;debian;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Transformers with adaptive tape reading, C++20 headers")
file(READ "${packaging}/debian/description" CPACK_DEBIAN_PACKAGE_DESCRIPTION)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_NAME libadatape-dev)
set(CPACK_DEBIAN_PACKAGE_SOURCE adatape)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The adatape authors <authors@adatape.invalid>")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Every header needs the first two. adatape::io and adatape::image are there where what is recommended is.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libeigen3-dev (>= 3.4), libxsimd-dev (>= 8.1), libxsimd-dev (<< 15)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nlohmann-json3-dev (>= 3.11), zlib1g-dev, libpng-dev, libjpeg-dev")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "libfmt-dev, libcli11-dev, python3-numpy, mpi-default-dev")

# The targets that a package of this configuration would lack (deb_options.cmake).
set(CPACK_ADATAPE_LACKS "")
foreach(part io image mpi)
  if(NOT TARGET adatape_${part})
    list(APPEND CPACK_ADATAPE_LACKS adatape::${part})
  endif()
endforeach()
include(CPack)
