// Written by proto/generate: every generated header.
#include "dunlin/v1/record.pb-c.h"
