#include "adatape/io/file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <csignal>

#include "files.hpp"

using adatape::io::AtomicFile;
using adatape::io::InputFile;
using namespace adatape::test;

namespace {

void write_atomically(const std::filesystem::path& path, const std::string& bytes) {
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(bytes)));
  file.commit();
}

/// While it lives no file can grow beyond `bytes`, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit old_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("InputFile: what cannot be read is named") {
  const TemporaryDirectory directory;
  CHECK(error_of([&] { InputFile file(directory / "none"); }) == (directory / "none").string() + ": cannot open: No such file or directory");
  CHECK(error_of([&] { InputFile file(directory.path()); }) == directory.path().string() + ": wanted a file, found a directory");
  CHECK(contains(error_of([&] { InputFile file("/dev/zero"); }), "/dev/zero: wanted a regular file"));
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(contains(error_of([&] { InputFile file(directory / "pipe"); }), "wanted a regular file"));

  write_file(directory / "short", "abc");
  InputFile file(directory / "short");
  CHECK(file.size() == 3);
  std::array<std::byte, 5> bytes{};
  CHECK(contains(error_of([&] { file.read(bytes); }), "ended 2 bytes early"));
}

TEST_CASE("InputFile: a file that is written to while it is open is told from one that another file replaces") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const auto error = [&](const auto& change) {
    write_file(path, "abc");
    const InputFile file(path);
    change();
    return error_of([&] { file.require_unchanged(); });
  };
  const std::string changed = path.string() + ": changed while it was being read";
  CHECK(error([] {}) == "");
  CHECK(error([&] { write_atomically(path, "abcd"); }) == "");
  CHECK(error([&] { std::filesystem::remove(path); }) == "");
  CHECK(error([&] { write_over(path, 3, "d"); }) == changed);
  CHECK(error([&] { write_over(path, 0, "x"); }) == changed);
  CHECK(error([&] { std::filesystem::resize_file(path, 2); }) == changed);
}

TEST_CASE("AtomicFile: creates and replaces, and leaves no temporary") {
  const TemporaryDirectory directory;
  write_atomically(directory / "file", "first");
  CHECK(read_file(directory / "file") == "first");
  write_atomically(directory / "file", "second");
  CHECK(read_file(directory / "file") == "second");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: a file not committed never was") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "old");
  {
    AtomicFile file(directory / "file");
    file.write(std::as_bytes(std::span("half", 4)));
    CHECK(read_file(directory / "file") == "old");
  }
  CHECK(read_file(directory / "file") == "old");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: a full disk leaves the old file") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  write_file(path, "old");
  std::string message;
  {
    const FileSizeLimit limit(1000);
    message = error_of([&] { write_atomically(path, std::string(5000, 'x')); });
  }
  CHECK(message == path.string() + ": cannot write: File too large");
  CHECK(read_file(path) == "old");
  CHECK(directory.file_count() == 1);
}

TEST_CASE("AtomicFile: places that cannot be written") {
  const TemporaryDirectory directory;
  write_file(directory / "file", "old");
  std::filesystem::create_directory(directory / "folder");
  CHECK(contains(error_of([&] { write_atomically(directory / "none/file", "new"); }), "cannot open its directory: No such file or directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "file/inside", "new"); }), "cannot open its directory: Not a directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "folder", "new"); }), "wanted the path of a file to write, found a directory"));
  CHECK(contains(error_of([&] { write_atomically(directory / "folder/", "new"); }), "wanted the path of a file"));
  CHECK(read_file(directory / "file") == "old");
  CHECK(directory.file_count() == 2);
  if (::geteuid() != 0) {  // nothing is unwritable for root
    std::filesystem::permissions(directory / "folder", std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    CHECK(contains(error_of([&] { write_atomically(directory / "folder/file", "new"); }), "cannot create a file in its directory: Permission denied"));
    std::filesystem::permissions(directory / "folder", std::filesystem::perms::owner_all);
  }
}

TEST_CASE("AtomicFile: only a regular file is replaced") {
  const TemporaryDirectory directory;
  REQUIRE(::mkfifo((directory / "pipe").c_str(), 0600) == 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (directory / "socket").string().copy(address.sun_path, sizeof(address.sun_path) - 1);
  const adatape::io::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  std::filesystem::create_symlink("pipe", directory / "link");
  std::filesystem::create_symlink("/dev/null", directory / "null");
  const std::string wanted = ": wanted the path of a regular file to write, found a pipe, socket or device";
  for (const std::filesystem::path& path : {directory / "pipe", directory / "socket", directory / "link", directory / "null", std::filesystem::path("/dev/null")})
    CHECK(error_of([&] { write_atomically(path, "new"); }) == path.string() + wanted);
  CHECK(std::filesystem::is_fifo(directory / "pipe"));
  CHECK(std::filesystem::is_socket(directory / "socket"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const adatape::io::Descriptor reader(ends[0]), writer(ends[1]);
  const std::string descriptor = "/proc/self/fd/" + std::to_string(writer.number());  // as /dev/stdout
  CHECK(error_of([&] { write_atomically(descriptor, "new"); }) == descriptor + wanted);
}

TEST_CASE("AtomicFile: a symbolic link stays one") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "store");
  write_file(directory / "store/target", "old");
  std::filesystem::create_symlink("store/target", directory / "link");
  std::filesystem::create_symlink(directory / "link", directory / "link to link");
  std::filesystem::create_symlink("store/new", directory / "dangling");
  std::filesystem::create_symlink("none/new", directory / "lost");
  std::filesystem::create_symlink("circle", directory / "circle");
  std::filesystem::create_symlink("store", directory / "folder");
  write_atomically(directory / "link", "first");
  CHECK(read_file(directory / "store/target") == "first");
  write_atomically(directory / "link to link", "second");
  CHECK(read_file(directory / "store/target") == "second");
  write_atomically(directory / "dangling", "third");
  CHECK(read_file(directory / "store/new") == "third");
  write_atomically(directory / "folder/in it", "fourth");
  CHECK(read_file(directory / "store/in it") == "fourth");
  CHECK(contains(error_of([&] { write_atomically(directory / "lost", "x"); }), "lost: cannot open its directory: No such file"));
  CHECK(contains(error_of([&] { write_atomically(directory / "circle", "x"); }), "too many levels of symbolic links"));
  CHECK(contains(error_of([&] { write_atomically(directory / "folder", "x"); }), "found a directory"));
  for (const char* link : {"link", "link to link", "dangling", "lost", "circle", "folder"}) CHECK(std::filesystem::is_symlink(directory / link));
  CHECK(directory.file_count() == 7);
  CHECK(std::distance(std::filesystem::directory_iterator(directory / "store"), {}) == 3);
}

TEST_CASE("AtomicFile: names of 255 bytes") {
  const TemporaryDirectory directory;
  std::string umlauts;
  for (int i = 0; i < 127; ++i) umlauts += "\u00fc";
  for (const std::string& name : {std::string(255, 'x'), std::string(250, 'x'), umlauts + "x", "x" + umlauts}) {
    write_atomically(directory / name, "first");
    write_atomically(directory / name, "second");
    CHECK(read_file(directory / name) == "second");
    const auto prefix = adatape::io::detail::temporary_prefix(name);
    CHECK(prefix.size() < 210);
    CHECK(adatape::io::in_quotes(prefix).find("\\x") == std::string::npos);  // still UTF-8
  }
  CHECK(directory.file_count() == 4);
  CHECK(contains(error_of([&] { write_atomically(directory / std::string(256, 'x'), "x"); }), "File name too long"));
}

TEST_CASE("AtomicFile: a replaced file hands down its permissions and its owner") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  const auto status = [&] {
    struct stat out {};
    REQUIRE(::stat(path.c_str(), &out) == 0);
    return out;
  };
  write_atomically(path, "first");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK((status().st_mode & 07777) == (0666 & ~mask));
  for (const mode_t mode : {0600u, 0644u, 0664u, 0400u, 0777u}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    {
      AtomicFile file(path);
      for (const auto& entry : std::filesystem::directory_iterator(directory.path()))  // nobody else reads a secret while it is written
        if (entry.path() != path) CHECK((entry.status().permissions() & std::filesystem::perms(0077)) == std::filesystem::perms::none);
      file.commit();
    }
    CHECK((status().st_mode & 07777) == mode);
  }
  if (::geteuid() == 0) {
    REQUIRE(::chown(path.c_str(), 12345, 23456) == 0);
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    write_atomically(path, "second");
    CHECK(status().st_uid == 12345);
    CHECK(status().st_gid == 23456);
    CHECK((status().st_mode & 07777) == 0640);
  }
}

TEST_CASE("AtomicFile: temporaries of killed processes are swept, those of living ones are not") {
  const TemporaryDirectory directory;
  const auto path = directory / "file";
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    AtomicFile file(path);
    file.write(std::as_bytes(std::span("half", 4)));
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(directory.file_count() == 1);
  AtomicFile mine(path);
  write_atomically(path, "whole");
  CHECK(directory.file_count() == 3);  // the file, the child's temporary, mine
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  for (const char* name : {"file.tmp-1", "file.tmp-1-x", "file.tmp-1-2-3", "other.tmp-1-2"}) write_file(directory / name, "not a temporary of \"file\"");
  std::filesystem::create_directory(directory / "file.tmp-1-2");
  CHECK(directory.file_count() == 8);
  write_atomically(path, "again");
  CHECK(directory.file_count() == 7);
  mine.commit();
  CHECK(directory.file_count() == 6);
  CHECK(read_file(path).empty());
  write_file(directory / "file.tmp-77-0", "left over");
  adatape::io::sweep_temporaries(path);
  CHECK(directory.file_count() == 6);
  ::close(ready[0]), ::close(ready[1]);
}
