#include "tests.h"

long allocations_left = -1;

/* What the plugin allocates with in this program. */
void *failing_realloc(void *memory, size_t size);

void *failing_realloc(void *memory, size_t size) {
  if (allocations_left == 0) return NULL;
  if (allocations_left > 0) allocations_left--;
  return realloc(memory, size);
}

int main(void) {
  test_shape();
  test_options();
  test_plugin();
  puts("all tests passed");
  return 0;
}
