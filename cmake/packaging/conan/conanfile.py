"""The recipe for Conan 2 of the checkout that it lies in: conan create cmake/packaging/conan. No test runs Conan, which Debian does not have."""
import os

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout

required_conan_version = ">=2.0"


class AdatapeConan(ConanFile):
    name = "adatape"
    version = "0.1.0"
    license = "MIT"
    description = "Transformers with adaptive tape reading, C++20 headers"
    topics = ("transformer", "machine-learning", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"io": [True, False], "image": [True, False]}
    default_options = {"io": True, "image": True}
    no_copy_source = True

    def export_sources(self):
        checkout = os.path.join(self.recipe_folder, "..", "..", "..")
        for pattern in ("LICENSE", "include/*", "cmake/*", "examples/*"):
            copy(self, pattern, src=checkout, dst=self.export_sources_folder, excludes="*__pycache__*")

    def configure(self):
        if not self.options.io:
            self.options.rm_safe("image")  # pictures need files

    def layout(self):
        basic_layout(self, src_folder=".")

    def requirements(self):
        self.requires("eigen/[>=3.4 <4]")
        self.requires("xsimd/[>=8.1 <15]")
        if self.options.io:
            self.requires("nlohmann_json/[>=3.11 <4]")
            self.requires("zlib/[>=1.2.11 <2]")
        if self.options.get_safe("image"):
            self.requires("libpng/[>=1.6 <2]")
            self.requires("libjpeg-turbo/[>=2.1 <4]")

    def package_id(self):
        self.info.clear()

    def validate(self):
        check_min_cppstd(self, 20)

    def package(self):
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))
        copy(self, "*", src=os.path.join(self.source_folder, "include"), dst=os.path.join(self.package_folder, "include"))
        modules = os.path.join(self.package_folder, "share", "cmake", "adatape")
        for pattern in ("instruction_set*", "choose_*"):
            copy(self, pattern, src=os.path.join(self.source_folder, "cmake"), dst=modules)
        programs = os.path.join(self.package_folder, "share", "adatape", "examples")
        for pattern in ("*.cmake", "command_line.hpp", "common/*", "image/*", "library/*", "recipes/*", "report/*"):
            copy(self, pattern, src=os.path.join(self.source_folder, "examples"), dst=programs)

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "adatape")
        self.cpp_info.set_property("cmake_target_name", "adatape::everything")  # adatape::adatape is a component
        self.cpp_info.set_property("cmake_build_modules", [os.path.join("share", "cmake", "adatape", "instruction_sets.cmake"),
                                                           os.path.join("share", "adatape", "examples", "add_programs.cmake")])
        self._component("adatape", ["eigen::eigen", "xsimd::xsimd"])
        if self.options.io:
            self._component("io", ["adatape", "nlohmann_json::nlohmann_json", "zlib::zlib"])
        if self.options.get_safe("image"):
            self._component("image", ["io", "libpng::libpng", "libjpeg-turbo::jpeg"]).system_libs = ["pthread"]
        self._component("mpi", ["adatape"])  # a project links the MPI of its own system beside it

    def _component(self, name, requires):
        info = self.cpp_info.components[name]
        info.set_property("cmake_target_name", f"adatape::{name}")
        info.set_property("pkg_config_name", "adatape" if name == "adatape" else f"adatape-{name}")
        info.bindirs = []
        info.libdirs = []
        info.requires = requires
        return info
