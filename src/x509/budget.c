#include "x509/budget.h"

#define CHEAP_RSA_BITS 4096

/* As measured with `openssl speed` (3.0, 64 bits), rounded up; RSA with an exponent of 33 bits takes twice as long as with the usual
 * one. What takes 0.15 ms and less is free. */
uint32_t signature_cost_us(const struct certificate *c) {
    uint32_t bits = (uint32_t)c->key_bits;
    switch (c->key_type) {
    case KEY_RSA:
    case KEY_RSA_PSS:
        return bits <= CHEAP_RSA_BITS ? 0 : bits * bits / 110000;
    case KEY_EC:
        return bits == 256 && strcmp(c->curve, "P-256") == 0 ? 0 : bits <= 384 ? 1000 : 1500;
    case KEY_ED448:
        return 400;
    case KEY_DSA:
        return bits * bits / 14000;
    case KEY_ED25519:
    case KEY_OTHER:
        break;
    }
    return 0;
}

void signature_budget_init(struct signature_budget *budget) {
    *budget = (struct signature_budget){.shared_us = LIMIT_SIGNATURES_US, .own_us = LIMIT_SIGNATURES_US_EACH};
}

void signature_budget_begin(struct signature_budget *budget, int64_t time_ns) {
    int64_t earned_us = (time_ns - budget->time_ns) / (SECOND_NS / LIMIT_SIGNATURES_US_PER_S);
    uint32_t room_us = LIMIT_SIGNATURES_US - budget->shared_us;
    if (earned_us > 0) {
        budget->shared_us += earned_us < room_us ? (uint32_t)earned_us : room_us;
        budget->time_ns = time_ns;
    }
    budget->own_us = LIMIT_SIGNATURES_US_EACH;
    budget->num_refused = 0;
}

bool signature_budget_pay(struct signature_budget *budget, const struct certificate *c) {
    uint32_t cost = signature_cost_us(c);
    if (cost > budget->own_us || cost > budget->shared_us) {
        budget->num_refused++;
        return false;
    }
    budget->own_us -= cost;
    budget->shared_us -= cost;
    return true;
}
