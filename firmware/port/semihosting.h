// Arm semihosting: how an emulated board gets its configuration record and its recorded ADC, and
// ends.
#ifndef LATCH_SEMIHOSTING_H
#define LATCH_SEMIHOSTING_H

#include <stdbool.h>

// Reads the command line: CONFIG-FILE SAMPLE-FILE realtime|max. Once, before the port_ functions
// are used.
void semihosting_init(void);

// True if the run is not paced by the timer.
bool semihosting_is_unpaced(void);

#endif
