// Written by proto/generate: every generated header.
#include "dunlin/v1/account.pb-c.h"
#include "dunlin/v1/call.pb-c.h"
#include "dunlin/v1/coordinator.pb-c.h"
#include "dunlin/v1/event.pb-c.h"
#include "dunlin/v1/frame.pb-c.h"
#include "dunlin/v1/node.pb-c.h"
#include "dunlin/v1/record.pb-c.h"
#include "dunlin/v1/replica.pb-c.h"
