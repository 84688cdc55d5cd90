#include "base/digits.h"

#include <string.h>

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
                            "55565758596061626364656667686970717273747576777879808182838485868788899091929394959697989900";

static unsigned num_digits(uint64_t value) {
    unsigned num = 1;

    for (; value >= 10000; value /= 10000) {
        num += 4;
    }
    return num + (value >= 10) + (value >= 100) + (value >= 1000);
}

static char *put(char *out, uint64_t value, unsigned width) {
    unsigned at = width;

    for (; at >= 2; value /= 100) {
        at -= 2;
        memcpy(out + at, pairs + value % 100 * 2, 2);
    }
    if (at == 1) {
        *out = (char)('0' + value % 10);
    }
    return out + width;
}

char *digits_decimal(char *out, uint64_t value) {
    return put(out, value, num_digits(value));
}

char *digits_padded(char *out, uint32_t value, unsigned width) {
    return put(out, value, width);
}

char *digits_hex(char *out, uint64_t value, unsigned width) {
    for (unsigned at = width; at > 0; value >>= 4) {
        out[--at] = "0123456789abcdef"[value & 15];
    }
    return out + width;
}

char *digits_hex_brief(char *out, uint32_t value) {
    unsigned width = 1;

    while (width < 8 && value >> 4 * width != 0) {
        width++;
    }
    return digits_hex(out, value, width);
}
