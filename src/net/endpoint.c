#include "base/digits.h"
#include "net/segment.h"

#define WORDS 8

static char *ipv4_text(char *out, const uint8_t address[4]) {
    for (int i = 0; i < 4; i++) {
        out = digits_decimal(out, address[i]);
        *out++ = '.';
    }
    return out - 1;
}

static unsigned word_at(const uint8_t *address, int i) {
    return (unsigned)address[2 * i] << 8 | address[2 * i + 1];
}

static int zeros_from(const uint8_t *address, int i) {
    int num = 0;

    while (i + num < WORDS && word_at(address, i + num) == 0) {
        num++;
    }
    return num;
}

/* RFC 5952, 4.2: "::" stands for the longest run of zero words, the first of them, and not for a single one. */
static int longest_zeros(const uint8_t *address, int *from) {
    int longest = 1;

    *from = WORDS;
    for (int i = 0, num; i < WORDS; i += num + 1) {
        num = zeros_from(address, i);
        if (num > longest) {
            longest = num;
            *from = i;
        }
    }
    return longest;
}

static char *ipv6_text(char *out, const uint8_t *address) {
    int from, num = longest_zeros(address, &from);
    /* RFC 5952, 5: of an address that holds an IPv4 one, mapped or (once) compatible, the end is written as that. */
    bool holds_ipv4 = from == 0 && (num == 6 || (num == 5 && word_at(address, 5) == 0xffff));

    for (int i = 0; i < WORDS; i++) {
        if (i == from) {
            *out++ = ':';
            i += num;
        }
        if (i > 0) {
            *out++ = ':';
        }
        if (i == 6 && holds_ipv4) {
            return ipv4_text(out, address + 12);
        }
        if (i < WORDS) {
            out = digits_hex_brief(out, word_at(address, i));
        }
    }
    return out;
}

void endpoint_text(const struct endpoint *endpoint, bool ipv6, char out[46]) {
    *(ipv6 ? ipv6_text(out, endpoint->address) : ipv4_text(out, endpoint->address)) = '\0';
}
