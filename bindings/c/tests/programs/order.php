<?php
// An order by PHP's FFI, from crm.ffi.h alone.
[, $header, $library, $endpoint, $key] = $argv;
$crm = FFI::cdef(file_get_contents($header), $library);

function ok(FFI $crm, int $code): void
{
    if ($code !== 0) {
        fwrite(STDERR, $crm->crm_error_name($code) . ': ' . $crm->crm_last_error() . "\n");
        exit(1);
    }
}

ok($crm, $crm->crm_abi_version() === $crm->CRM_ABI_VERSION ? 0 : 99);
$options = $crm->new('crm_options *');
ok($crm, $crm->crm_options_new($endpoint, $key, FFI::addr($options)));
ok($crm, $crm->crm_options_set_keep_verdicts($options, 10));
$client = $crm->new('crm_client *');
ok($crm, $crm->crm_client_new($options, FFI::addr($client)));
$crm->crm_options_free($options);
$sale = $crm->new('crm_purchase *');
ok($crm, $crm->crm_purchase_new($crm->CRM_SALE, 'GBP', FFI::addr($sale)));
ok($crm, $crm->crm_purchase_add_item($sale, 'MUG-01', 2, '6.95'));
ok($crm, $crm->crm_client_purchase($client, $sale, null));
$crm->crm_purchase_free($sale);
$unsent = $crm->new('crm_unsent');
ok($crm, $crm->crm_client_shutdown($client, 60000, FFI::addr($unsent), FFI::sizeof($unsent)));
$kept = $crm->new('crm_kept_verdict *');
ok($crm, $crm->crm_client_poll_verdict($client, FFI::addr($kept)));
echo 'stored ', $crm->crm_kept_verdict_get($kept)->accepted, ' left ', $unsent->events, "\n";
$crm->crm_kept_verdict_free($kept);
$crm->crm_client_free($client);
