/* What the tests share. */
#ifndef WORDSHAPE_TESTS_H
#define WORDSHAPE_TESTS_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the program at the first thing that does not hold. */
#define CHECK(holds)                                                        \
  do {                                                                      \
    if (!(holds)) {                                                         \
      fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

/* How many more allocations succeed; negative for all of them. */
extern long allocations_left;

void test_shape(void);
void test_options(void);
void test_plugin(void);

#endif
