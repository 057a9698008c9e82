/* predict.c MODEL TAU PICTURE...: what a model says of pictures, a line each: class, tape lengths, bank tokens, and the bits of the logits. */
#include <adatape.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void demand(adatape_status status) {
  if (status == ADATAPE_OK) return;
  fprintf(stderr, "error: %s\n", adatape_last_error());
  exit(1);
}

static void* room(int64_t count, size_t size) {
  void* memory = calloc(count > 0 ? (size_t)count : 1, size);
  if (memory == NULL) exit(1);
  return memory;
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  adatape_model model;
  demand(adatape_open(argv[1], NULL, &model));
  adatape_facts facts = {.struct_size = sizeof facts};
  demand(adatape_get_facts(model, &facts));
  const adatape_settings settings = {.struct_size = sizeof settings, .tau = atof(argv[2])};
  int64_t per_step;
  demand(adatape_tokens_per_step(model, &settings, &per_step));

  const int64_t samples = argc - 3, size = facts.input_size, slots = facts.reads * facts.max_tape_tokens * per_step;
  uint8_t* pixels = room(samples * size, sizeof *pixels);
  float* input = room(samples * size, sizeof *input);
  for (int64_t i = 0; i < samples; ++i) demand(adatape_read_picture(model, argv[3 + i], pixels + i * size, (size_t)size));
  demand(adatape_normalise(model, pixels, (size_t)(samples * size), input));

  const adatape_answers answers = {.struct_size = sizeof answers,
                                   .logits = room(samples * facts.classes, sizeof(float)),
                                   .logits_count = (size_t)(samples * facts.classes),
                                   .tape_length = room(samples * facts.reads, sizeof(int64_t)),
                                   .tape_length_count = (size_t)(samples * facts.reads),
                                   .indices = room(samples * slots, sizeof(int64_t)),
                                   .indices_count = (size_t)(samples * slots)};
  demand(adatape_predict(model, input, (size_t)(samples * size), &settings, &answers));
  for (int64_t i = 0; i < samples; ++i) {
    const float* logits = answers.logits + i * facts.classes;
    int64_t best = 0;
    for (int64_t c = 1; c < facts.classes; ++c)
      if (logits[c] > logits[best]) best = c;
    size_t length;
    demand(adatape_class_name(model, best, NULL, 0, &length));
    char* name = room((int64_t)length, 1);
    demand(adatape_class_name(model, best, name, length, NULL));
    printf("%s;", name);
    free(name);
    for (int64_t r = 0; r < facts.reads; ++r) printf(" %" PRId64, answers.tape_length[i * facts.reads + r]);
    printf(";");
    for (int64_t j = 0; j < slots; ++j)
      if (answers.indices[i * slots + j] >= 0) printf(" %" PRId64, answers.indices[i * slots + j]);
    printf(";");
    for (int64_t c = 0; c < facts.classes; ++c) {
      uint32_t bits;
      memcpy(&bits, logits + c, sizeof bits);
      printf(" %08" PRIx32, bits);
    }
    printf("\n");
  }
  free(pixels);
  free(input);
  free(answers.logits);
  free(answers.tape_length);
  free(answers.indices);
  demand(adatape_close(model));
  return 0;
}
