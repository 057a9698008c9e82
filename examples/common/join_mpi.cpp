/// A program with MPI. Without a launcher nothing of MPI is called.
#include <optional>

#include "adatape/mpi/exchange.hpp"
#include "process_group.hpp"

namespace adatape::examples {

namespace {

class MpiGroup : public ProcessGroup {
 public:
  explicit MpiGroup(const mpi::Session& session) : ProcessGroup(session.process(), session.processes()), session_(session), watch_(session, options_.limit) {}

  AnyExchange& exchange() override {
    if (!exchange_) exchange_.emplace(mpi::Exchange(session_, options_));
    return *exchange_;
  }
  void limit_waiting(std::chrono::seconds limit) override {
    options_.limit = limit;
    watch_ = mpi::Watch(session_, limit);
  }
  Index largest(Index number) override {
    std::int64_t value = number, result = 0;
    MPI_Request request;
    MPI_Iallreduce(&value, &result, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD, &request);
    watch_.wait(request, "a decision");
    return static_cast<Index>(result);
  }
  void end_all(int code) override {
    MPI_Abort(MPI_COMM_WORLD, code);
    std::_Exit(code);
  }

 private:
  void gather_bytes(std::byte* values, Index count, Index size) override {
    std::vector<int> counts, firsts;
    for (Index p = 0; p < processes(); ++p) {
      const auto theirs = train::share_of(count, p, processes());
      firsts.push_back(static_cast<int>(theirs.first));
      counts.push_back(static_cast<int>(theirs.size()));
    }
    MPI_Datatype thing;
    MPI_Type_contiguous(static_cast<int>(size), MPI_BYTE, &thing);
    MPI_Type_commit(&thing);
    MPI_Request request;
    MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, values, counts.data(), firsts.data(), thing, MPI_COMM_WORLD, &request);
    watch_.wait(request, "results");
    MPI_Type_free(&thing);
  }

  const mpi::Session& session_;
  mpi::ExchangeOptions options_;
  mpi::Watch watch_;
  std::optional<ExchangeOf<mpi::Exchange>> exchange_;
};

bool is_launched() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"})
    if (std::getenv(name)) return true;
  return false;
}

}  // namespace

int join_processes(const std::function<int(ProcessGroup&)>& main) {
  if (!is_launched()) {
    LoneProcess alone;
    return main(alone);
  }
  return mpi::run([&](const mpi::Session& session) {
    MpiGroup group(session);
    return main(group);
  });
}

}  // namespace adatape::examples
