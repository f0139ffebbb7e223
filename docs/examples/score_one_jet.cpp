// Score one jet with an exported tagger of four-momenta: score_one_jet tagger.onnx
#include <onnxruntime_cxx_api.h>

#include <array>
#include <cstdio>
#include <limits>
#include <vector>

int main(int, char** argv) {
  Ort::Env env;
  Ort::Session session(env, argv[1], Ort::SessionOptions{});

  // The columns are in the metadata; here pt, eta, phi, mass, and others that the tagger does not need.
  const auto columns = session.GetInputTypeInfo(0).GetTensorTypeAndShapeInfo().GetShape()[1];
  std::vector<float> jet(columns, std::numeric_limits<float>::quiet_NaN());
  const std::array<float, 4> momentum{600, 0.2f, 3.1f, 170};  // GeV and radians
  std::copy(momentum.begin(), momentum.end(), jet.begin());
  std::vector<float> constituents{250, 0.3f, 3.0f, 265, 200, -0.1f, -3.1f, 202, 150, 0.4f, 3.1f, 163};  // any order
  std::vector<float> mask{1, 1, 1};

  const auto memory = Ort::MemoryInfo::CreateCpu(OrtArenaAllocator, OrtMemTypeDefault);
  const auto tensor = [&](std::vector<float>& values, std::vector<int64_t> shape) {
    return Ort::Value::CreateTensor<float>(memory, values.data(), values.size(), shape.data(), shape.size());
  };
  const std::array<Ort::Value, 3> inputs{tensor(jet, {1, columns}), tensor(constituents, {1, 3, 4}), tensor(mask, {1, 3})};
  const std::array<const char*, 3> names{"jet", "constituents", "constituents_mask"};
  const std::array<const char*, 1> outputs{"scores"};
  const auto results = session.Run(Ort::RunOptions{}, names.data(), inputs.data(), 3, outputs.data(), 1);

  const float* scores = results[0].GetTensorData<float>();
  for (size_t i = 0; i < results[0].GetTensorTypeAndShapeInfo().GetElementCount(); ++i) std::printf("%.6f\n", scores[i]);
}
