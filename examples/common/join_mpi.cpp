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
  Index largest(Index number) override { return mpi::reduce(watch_, "a decision", number, MPI_MAX); }
  void end_all(int code) override {
    MPI_Abort(MPI_COMM_WORLD, code);
    std::_Exit(code);
  }

 private:
  void gather_bytes(std::byte* values, Index count, Index size) override {
    std::vector<Index> cuts;
    for (Index p = 0; p < processes(); ++p) cuts.push_back(train::share_of(count, p, processes()).first);
    cuts.push_back(count);
    mpi::gather(watch_, "results", values, static_cast<std::size_t>(size), cuts);
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
