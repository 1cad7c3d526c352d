"""An order by cffi, from crm.ffi.h alone: no compiler, no preprocessor, no callback."""

import sys

import cffi

header, library, endpoint, key = sys.argv[1:]
ffi = cffi.FFI()
with open(header, encoding="utf-8") as file:
    ffi.cdef(file.read())
crm = ffi.dlopen(library)


def ok(code):
    assert code == crm.CRM_OK, ffi.string(crm.crm_last_error()).decode()


def made(function, kind, *arguments):
    place = ffi.new(kind + " **")
    ok(function(*arguments, place))
    return place[0]


assert crm.crm_abi_version() == crm.CRM_ABI_VERSION
options = made(crm.crm_options_new, "crm_options", endpoint.encode(), key.encode())
ok(crm.crm_options_set_keep_verdicts(options, 10))
client = made(crm.crm_client_new, "crm_client", options)
crm.crm_options_free(options)
sale = made(crm.crm_purchase_new, "crm_purchase", crm.CRM_SALE, b"GBP")
ok(crm.crm_purchase_add_item(sale, b"MUG-01", 2, b"6.95"))
event_id = ffi.new("char[]", crm.CRM_EVENT_ID_SIZE)
ok(crm.crm_client_purchase(client, sale, event_id))
crm.crm_purchase_free(sale)
unsent = ffi.new("crm_unsent *")
ok(crm.crm_client_shutdown(client, 60000, unsent, ffi.sizeof("crm_unsent")))
kept = made(crm.crm_client_poll_verdict, "crm_kept_verdict", client)
print("stored", crm.crm_kept_verdict_get(kept).accepted, "left", unsent.events)
crm.crm_kept_verdict_free(kept)
crm.crm_client_free(client)
