/* How the test programs say what they expect: the first expectation that fails ends the program
   with its line, its text and what came instead. */
#ifndef EXPECT_H
#define EXPECT_H

#include <crm.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That a condition holds. */
#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s does not hold; last error: %s\n", __FILE__, __LINE__,       \
                    #condition, crm_last_error());                                                 \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* That a call succeeds. */
#define OK(call) FAILS(call, CRM_OK, NULL)

/* That a call returns a code and leaves a message that begins so. */
#define FAILS(call, code, message)                                                                 \
    do {                                                                                           \
        crm_code came = (call);                                                                    \
        const char *expected = (message);                                                          \
        if (came != (code) ||                                                                      \
            (expected && strncmp(crm_last_error(), expected, strlen(expected)) != 0)) {            \
            fprintf(stderr, "%s:%d: %s came as %s: %s\n", __FILE__, __LINE__, #call,               \
                    crm_error_name(came), crm_last_error());                                       \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

#endif
