/* The certificates of a record as JSON. */
#ifndef TLSWATCH_REPORT_JSON_CERTIFICATE_H
#define TLSWATCH_REPORT_JSON_CERTIFICATE_H

#include "report/json_writer.h"
#include "tlswatch/tlswatch.h"

/* json_put_leaf writes ECS's fields of a leaf into the open object; nothing where no certificate is there. */
void json_put_leaf(struct json_writer *w, const struct tlswatch_chain *chain);

/* json_put_certificate writes all facts of one certificate, as a value. */
void json_put_certificate(struct json_writer *w, const struct tlswatch_certificate *certificate);

/* json_put_known_issuer and json_put_trust write what is known from elsewhere; nothing where nothing is. */
void json_put_known_issuer(struct json_writer *w, const struct tlswatch_known_issuer *known);
void json_put_trust(struct json_writer *w, const struct tlswatch_trust *client, const struct tlswatch_trust *server);

/* json_put_chain writes the state of a Certificate message and all that it carried. */
void json_put_chain(struct json_writer *w, const char *key, const struct tlswatch_chain *chain);

#endif
