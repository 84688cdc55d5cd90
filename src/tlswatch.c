#include "tlswatch/tlswatch.h"
