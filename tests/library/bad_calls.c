/* bad_calls.c MODEL OTHER DAMAGED PICTURE: calls that are wrong end with a status and a line, and change nothing. OTHER is of a model that is not compiled in. */
#include <adatape.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

static void expect(const char* call, adatape_status found, adatape_status wanted, const char* text) {
  if (found == wanted && strstr(adatape_last_error(), text) != NULL && strchr(adatape_last_error(), '\n') == NULL) return;
  printf("FAILED: %s: wanted status %d with \"%s\", found %d with \"%s\"\n", call, wanted, text, found, adatape_last_error());
  ++failures;
}
#define BAD(call, text) expect(#call, call, ADATAPE_BAD_ARGUMENT, text)
#define GOOD(call) expect(#call, call, ADATAPE_OK, "")
#define CHECK(holds)                         \
  do                                         \
    if (!(holds)) {                          \
      printf("FAILED: %s\n", #holds), ++failures; \
    }                                        \
  while (0)

enum { SIZE = 28 * 28, CLASSES = 10, TOGETHER = 40 };
static adatape_model model;
static float pictures[TOGETHER][SIZE], alone[TOGETHER][CLASSES];

/* Predicts pictures one by one, until the model is closed or all are done. */
static void* predict_all(void* unused) {
  (void)unused;
  for (int i = 0; i < TOGETHER; ++i) {
    float logits[CLASSES];
    const adatape_answers answers = {.struct_size = sizeof answers, .logits = logits, .logits_count = CLASSES};
    const adatape_status status = adatape_predict(model, pictures[i], SIZE, NULL, &answers);
    if (status != ADATAPE_OK) return strstr(adatape_last_error(), "wanted the number of an open model") != NULL ? NULL : "another error";
    if (memcmp(logits, alone[i], sizeof logits) != 0) return "other logits";
  }
  return NULL;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  CHECK(adatape_abi_version() == ADATAPE_ABI_VERSION);
  CHECK(strstr(adatape_version(), "batches of") != NULL);
  BAD(adatape_open(NULL, NULL, &model), "path: wanted a pointer, found NULL");
  BAD(adatape_open(argv[1], NULL, NULL), "model: wanted a pointer, found NULL");
  BAD(adatape_open(argv[1], "fp4", &model), "storage: wanted f32, bf16, int8 or NULL, found \"fp4\"");
  model = 77;
  expect("no such file", adatape_open("no/such/file", NULL, &model), ADATAPE_BAD_FILE, "no/such/file");
  expect("a damaged file", adatape_open(argv[3], NULL, &model), ADATAPE_BAD_FILE, argv[3]);
  expect("another model", adatape_open(argv[2], NULL, &model), ADATAPE_UNKNOWN_MODEL, "none of those that are compiled in");
  CHECK(model == 77);
  GOOD(adatape_open(argv[1], NULL, &model));
  CHECK(strcmp(adatape_last_error(), "") == 0);

  adatape_facts facts = {.struct_size = 0};
  BAD(adatape_get_facts(model, NULL), "facts: wanted a pointer");
  BAD(adatape_get_facts(model, &facts), "facts: wanted struct_size = sizeof(adatape_facts), found 0");
  facts.struct_size = sizeof facts.struct_size + sizeof facts.input_size; /* an older header */
  GOOD(adatape_get_facts(model, &facts));
  CHECK(facts.input_size == SIZE && facts.classes == 0);
  facts.struct_size = sizeof facts;
  GOOD(adatape_get_facts(model, &facts));
  CHECK(facts.height == 28 && facts.width == 28 && facts.channels == 1 && facts.classes == CLASSES && facts.reads == 1 && facts.bank_size == 196);

  char name[64] = "as it was";
  size_t wanted = 0;
  BAD(adatape_class_name(model, CLASSES, name, sizeof name, NULL), "label: wanted 0 to 9, found 10");
  BAD(adatape_class_name(model, -1, name, sizeof name, NULL), "found -1");
  BAD(adatape_class_name(model, 0, name, 1, NULL), "found 1");
  BAD(adatape_class_name(model, 0, NULL, 5, NULL), "wanted a pointer to 5 bytes");
  CHECK(strcmp(name, "as it was") == 0);
  GOOD(adatape_class_name(model, 0, NULL, 0, &wanted));
  GOOD(adatape_class_name(model, 0, name, wanted, NULL));
  CHECK(strlen(name) + 1 == wanted);

  adatape_settings settings = {.struct_size = sizeof settings};
  int64_t tokens = -5;
  struct {
    adatape_settings known;
    double of_a_later_version;
  } later = {.known = {.struct_size = sizeof later}, .of_a_later_version = 0};
  GOOD(adatape_tokens_per_step(model, &later.known, &tokens));
  tokens = -5;
  later.of_a_later_version = 1;
  BAD(adatape_tokens_per_step(model, &later.known, &tokens), "wanted 0 in members that this version of the library does not have");
  BAD(adatape_tokens_per_step(model, &settings, NULL), "tokens: wanted a pointer");
  settings.tau = 1e9;
  BAD(adatape_tokens_per_step(model, &settings, &tokens), "settings: wanted tau of at most");
  settings.tau = -1;
  BAD(adatape_tokens_per_step(model, &settings, &tokens), "tau must be a finite number that is not negative");
  settings = (adatape_settings){.struct_size = sizeof settings, .threads = -1};
  BAD(adatape_tokens_per_step(model, &settings, &tokens), "threads, found -1");
  settings = (adatape_settings){.struct_size = sizeof settings, .max_tape_tokens = 1000};
  BAD(adatape_tokens_per_step(model, &settings, &tokens), "tape tokens, found 1000");
  settings = (adatape_settings){.struct_size = sizeof settings, .no_tape = 1, .exact_tape_tokens = 1};
  BAD(adatape_tokens_per_step(model, &settings, &tokens), "where read_tape is false");
  CHECK(tokens == -5);
  GOOD(adatape_tokens_per_step(model, NULL, &tokens));

  uint8_t pixels[SIZE];
  memset(pixels, 3, sizeof pixels);
  BAD(adatape_read_picture(model, NULL, pixels, SIZE), "path: wanted a pointer");
  BAD(adatape_read_picture(model, argv[4], pixels, SIZE - 1), "pixels: wanted 784 elements, found 783");
  expect("no picture", adatape_read_picture(model, argv[1], pixels, SIZE), ADATAPE_BAD_FILE, "wanted a PNG or JPEG file");
  CHECK(pixels[0] == 3 && pixels[SIZE - 1] == 3);
  GOOD(adatape_read_picture(model, argv[4], pixels, SIZE));
  BAD(adatape_normalise(model, pixels, SIZE - 1, pictures[0]), "pixels: wanted a multiple of 784 elements, found 783");
  BAD(adatape_normalise(model, NULL, SIZE, pictures[0]), "pixels: wanted a pointer");
  GOOD(adatape_normalise(model, pixels, SIZE, pictures[0]));

  float logits[CLASSES + 1] = {0};
  logits[0] = 5;
  adatape_answers answers = {.struct_size = sizeof answers, .logits = logits, .logits_count = CLASSES + 1};
  BAD(adatape_predict(model, pictures[0], SIZE, NULL, NULL), "answers: wanted a pointer");
  BAD(adatape_predict(model, NULL, SIZE, NULL, &answers), "input: wanted a pointer");
  BAD(adatape_predict(model, pictures[0], SIZE, NULL, &answers), "answers: logits: wanted 10 elements, found 11");
  BAD(adatape_predict(model, pictures[0], SIZE + 1, NULL, &answers), "input: wanted a multiple of 784 elements, found 785");
  answers.logits_count = CLASSES;
  settings = (adatape_settings){.struct_size = sizeof settings, .tau = 1e9};
  BAD(adatape_predict(model, pictures[0], SIZE, &settings, &answers), "settings: wanted tau of at most");
  BAD(adatape_predict(0, pictures[0], SIZE, NULL, &answers), "model: wanted the number of an open model, found 0");
  CHECK(logits[0] == 5 && logits[CLASSES] == 0);
  GOOD(adatape_predict(model, NULL, 0, NULL, &(adatape_answers){.struct_size = sizeof answers}));

  /* Two threads with one model get what one gets; and again while a third closes it. */
  for (int i = 0; i < TOGETHER; ++i) {
    for (int j = 0; j < SIZE; ++j) pictures[i][j] = (float)((i * 37 + j * 11) % 23) / 10 - 1;
    answers.logits = alone[i];
    GOOD(adatape_predict(model, pictures[i], SIZE, NULL, &answers));
  }
  for (int closes = 0; closes < 2; ++closes) {
    pthread_t threads[2];
    for (int t = 0; t < 2; ++t) CHECK(pthread_create(&threads[t], NULL, predict_all, NULL) == 0);
    if (closes) GOOD(adatape_close(model));
    for (int t = 0; t < 2; ++t) {
      void* problem;
      pthread_join(threads[t], &problem);
      if (problem != NULL) printf("FAILED: two threads: %s\n", (const char*)problem), ++failures;
    }
  }
  BAD(adatape_close(model), "model: wanted the number of an open model");
  BAD(adatape_close(0), "found 0");
  BAD(adatape_get_facts(model, &facts), "model: wanted the number of an open model");
  return failures > 0;
}
