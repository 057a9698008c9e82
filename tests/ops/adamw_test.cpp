#include "adatape/ops/adamw.hpp"

#include "compare.hpp"

using namespace adatape;
using namespace adatape::testing;

TEST_CASE("adamw: float against the reference in double") {
  const ops::AdamWStep<float> step{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  const ops::AdamWStep<double> step_d{0.9f, 0.999f, 10.f, 1000.f, 1e-8f, 0.1f, 0.05f, 0.5f};
  for (Index count = 0; count <= most_odd_sizes; ++count) {
    const auto gradient = random_values<float>(count, 1), m = random_values<float>(count, 2), p = random_values<float>(count, 4);
    auto v = random_values<float>(count, 3);
    for (float& value : v) value *= value;
    Guarded guarded_m(m), guarded_v(v), guarded_p(p), guarded_gradient(gradient);
    auto m_d = to_double(m), v_d = to_double(v), p_d = to_double(p);
    ops::reference::adamw(step_d, to_double(gradient).data(), count, m_d.data(), v_d.data(), p_d.data());
    ops::adamw(step, guarded_gradient.data(), count, guarded_m.data(), guarded_v.data(), guarded_p.data());
    check_close(guarded_m.values(), m_d, 4, 4);
    check_close(guarded_v.values(), v_d, 16, 4);
    check_close(guarded_p.values(), p_d, 4 + largest_of(p_d), 16);
    CHECK((guarded_m.intact() && guarded_v.intact() && guarded_p.intact()));
  }
}
