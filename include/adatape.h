/** @file
 * Trained AdaTape models in C, and in every language that calls C.
 *
 *     adatape_model model;
 *     if (adatape_open("model.safetensors", NULL, &model) != ADATAPE_OK) return complain(adatape_last_error());
 *     adatape_facts facts = {.struct_size = sizeof facts};
 *     adatape_get_facts(model, &facts);
 *     ... adatape_normalise, adatape_predict ...
 *     adatape_close(model);
 *
 * Every function that can fail returns a status. Where it is not ADATAPE_OK, nothing that the caller gave has changed, and adatape_last_error says why in one
 * line.
 *
 * All functions may be called from any number of threads at once, with the same model too. A model that is closed while another thread predicts with it goes
 * away when that call ends.
 *
 * Arrays are dense, in C order, and belong to the caller. The library keeps no pointer behind a call. Texts that it returns live as their functions say.
 *
 * The shared library holds the models that it was compiled with (adatape_add_programs of the CMake package), as the programs do. */
#ifndef ADATAPE_H
#define ADATAPE_H

#include <stddef.h>
#include <stdint.h>

/** Marks what the shared library exports. */
#if defined(__GNUC__)
#define ADATAPE_API __attribute__((visibility("default")))
#else
#define ADATAPE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Grows when a function or a member changes its meaning. New functions, and new members behind the last one of a struct, do not change it. */
#define ADATAPE_ABI_VERSION 1

/** A number that names an open model. 0 names none, and no number is used twice, so a closed model is an error and never another one. */
typedef uint64_t adatape_model;

/** Whether a call succeeded, and why not: one of the enumerators ADATAPE_OK to ADATAPE_FAILED. */
typedef int32_t adatape_status;
/** The values of adatape_status. */
enum {
  ADATAPE_OK = 0,            /**< the call did what it states */
  ADATAPE_BAD_ARGUMENT = 1,  /**< a null pointer, a wrong size, a setting out of range, a model that is not open */
  ADATAPE_BAD_FILE = 2,      /**< the file of a model or a picture cannot be read or is damaged */
  ADATAPE_UNKNOWN_MODEL = 3, /**< the file is sound, but its configuration is not compiled into this library */
  ADATAPE_NO_MEMORY = 4,     /**< memory could not be allocated */
  ADATAPE_FAILED = 5         /**< anything else */
};

/** What is known of a model. The library writes the members that fit into struct_size. */
typedef struct adatape_facts {
  size_t struct_size;      /**< sizeof(adatape_facts), set by the caller and left as it is */
  int64_t input_size;      /**< floats of one sample */
  int64_t height;          /**< rows of its images, whose samples are [height, width, channels]; 0 where a sample is no image */
  int64_t width;           /**< columns of its images, in pixels; 0 where a sample is no image */
  int64_t channels;        /**< values of a pixel, 1: grey, 3: RGB; 0 where a sample is no image */
  int64_t classes;         /**< of the data it was trained with: logits of one sample that name a class */
  int64_t reads;           /**< reads of tape in one pass; 0: it has no tape */
  int64_t max_tape_tokens; /**< T, tape tokens of one read at most; 0: it has no tape */
  int64_t bank_size;       /**< K, candidates of one read; 0: it has no tape */
  int64_t bank_patch;      /**< side in pixels of the patch that a candidate of an input bank is; 0: candidates are no patches */
  int64_t bank_columns;    /**< candidate i is the patch in row i / bank_columns and column i % bank_columns; 0: candidates are no patches */
  double tau;              /**< the halting threshold that it was trained with; 0: it has none */
  double largest_tau;      /**< thresholds are above 0 and at most this; 0: it has none */
  int32_t softmax;         /**< 1: probabilities are the softmax of the logits; 0: the sigmoid of each */
} adatape_facts;

/** How to predict. All members but struct_size may be 0. */
typedef struct adatape_settings {
  size_t struct_size;        /**< sizeof(adatape_settings) */
  double tau;                /**< halting threshold, a lower one reads less; 0: the one that the model was trained with */
  int64_t max_tape_tokens;   /**< a read ends after so many tape tokens, at most T; 0: after T */
  int64_t exact_tape_tokens; /**< a read takes so many tape tokens, at most T, with max_tape_tokens 0; 0: it halts by itself */
  int32_t no_tape;           /**< 1: nothing is read, as in the same model without a tape; tau and the numbers of tape tokens are 0 then */
  int32_t threads;           /**< of this call, 1 to 1024; 0: as many as there are cores */
} adatape_settings;

/** Where the answers go. A null pointer: not wanted. Each count is the number of elements that the array has room for, and has to be exactly the product of the
 * sizes that are stated. `longest` is reads * max_tape_tokens, and k is that of adatape_tokens_per_step. */
typedef struct adatape_answers {
  size_t struct_size;       /**< sizeof(adatape_answers) */
  float* logits;            /**< [samples, classes] */
  size_t logits_count;      /**< elements of logits */
  int64_t* tape_length;     /**< [samples, reads] tape tokens of each read */
  size_t tape_length_count; /**< elements of tape_length */
  int64_t* indices;         /**< [samples, longest, k] bank tokens of each tape token, those of the first read first, best first; -1: none */
  size_t indices_count;     /**< elements of indices */
  float* weights;           /**< [samples, longest, k] their merge weights; 0: none */
  size_t weights_count;     /**< elements of weights */
  int64_t* steps;           /**< [samples] steps of adaptive computation; 0 where the model has a tape, or nothing adapts */
  size_t steps_count;       /**< elements of steps */
  double* macs;             /**< [samples] multiply-accumulates of the model's equations */
  size_t macs_count;        /**< elements of macs */
} adatape_answers;

/** ADATAPE_ABI_VERSION of the library that is loaded. */
ADATAPE_API int32_t adatape_abi_version(void);
/** Version and vector width of the library, such as "0.1.0, batches of 16 floats". Lives as long as the library. */
ADATAPE_API const char* adatape_version(void);
/** Why the last call of this thread failed; "" where it did not. Lives until the next call of this thread. */
ADATAPE_API const char* adatape_last_error(void);

/** Opens a checkpoint (.safetensors), or packed weights, and reads it whole. Of a checkpoint that has averaged weights, these are taken. storage: "f32", "bf16"
 * or "int8", how the engine keeps its kernels; NULL: as the file does. Writes *model. */
ADATAPE_API adatape_status adatape_open(const char* path, const char* storage, adatape_model* model);
/** Closes a model: its number is not valid any more. */
ADATAPE_API adatape_status adatape_close(adatape_model model);

/** Writes *facts. The caller sets facts->struct_size before. */
ADATAPE_API adatape_status adatape_get_facts(adatape_model model, adatape_facts* facts);
/** Writes the name of class `label`, 0 <= label < facts.classes, and a zero byte, into name[0 .. room). Writes the bytes that the name takes with its zero into
 * *wanted unless it is NULL. Where room is too small nothing is written into name: ADATAPE_BAD_ARGUMENT, unless name is NULL and room 0. A model without names
 * has numbers. */
ADATAPE_API adatape_status adatape_class_name(adatape_model model, int64_t label, char* name, size_t room, size_t* wanted);
/** k, the bank tokens of a tape token at most, with these settings (NULL: defaults). */
ADATAPE_API adatape_status adatape_tokens_per_step(adatape_model model, const adatape_settings* settings, int64_t* tokens);

/** Bytes [samples, height, width, channels] to what the model takes, by the mean and deviation that the file records. `count` is that of both arrays, a
 * multiple of input_size. They do not overlap. */
ADATAPE_API adatape_status adatape_normalise(adatape_model model, const uint8_t* pixels, size_t count, float* input);
/** Decodes a JPEG or PNG file and makes it the model's size, by the rule that the file of the model records. pixels: [height, width, channels], count
 * elements. */
ADATAPE_API adatape_status adatape_read_picture(adatape_model model, const char* path, uint8_t* pixels, size_t count);
/** The answers for input [samples, input_size] of `count` elements. settings: NULL for defaults. The arrays do not overlap. Where a logit is not finite the
 * weights or the input were too large: it is written as it is. */
ADATAPE_API adatape_status adatape_predict(adatape_model model, const float* input, size_t count, const adatape_settings* settings,
                                           const adatape_answers* answers);

#ifdef __cplusplus
}
#endif
#endif
