<?php
/*
 * Filter rules of pfSense that let mail in over IPv6. There is no translation there: the edge listens at a public address
 * of the router, and the packet filter keeps it closed until a rule opens it.
 *
 * A request holds `passes`, each with `interface`, `port` and `target` (an address of the router). Rules of ours are known
 * by their description.
 */

namespace Infra\MailEdge;

/** Marks the filter rules that this program has made. */
function pass_description(array $request): string
{
    return $request['prefix'] . 'pass';
}

function filter_rules(array $config): array
{
    return entries(entries($config['filter'] ?? [])['rule'] ?? []);
}

/**
 * Every pass that the request names, whether a rule of ours makes it (`edge`) or not (`absent`); and rules of ours that
 * it does not name (`stale`).
 */
function find_passes(array $config, array $request): array
{
    $ours = array_filter(
        filter_rules($config),
        fn ($rule) => is_array($rule) && ($rule['descr'] ?? '') === pass_description($request)
    );
    $found = [];
    foreach ($request['passes'] as $wanted) {
        $made = array_keys(array_filter($ours, fn ($rule) => lets_in($rule, $wanted)));
        // Of two that are alike one is enough.
        $kept = array_shift($made);
        $found[] = ['port' => $wanted['port'], 'target' => $wanted['target'], 'state' => $kept === null ? 'absent' : 'edge'];
        unset($ours[$kept]);
    }
    foreach ($ours as $index => $rule) {
        $found[] = [
            'port' => (int) ($rule['destination']['port'] ?? 0),
            'target' => $rule['destination']['address'] ?? '',
            'state' => 'stale',
            'index' => $index,
        ];
    }
    return $found;
}

function lets_in(array $rule, array $wanted): bool
{
    $expected = new_pass($wanted, '');
    foreach (['type', 'interface', 'ipprotocol', 'protocol', 'source', 'destination'] as $key) {
        // Not by identity: the pages keep keys in an order of their own.
        if (($rule[$key] ?? null) != $expected[$key]) {
            return false;
        }
    }
    return !isset($rule['disabled']);
}

/** Lets in what the request names, and nothing else of ours. Returns how many rules changed. */
function open_passes(array &$config, array $request): int
{
    $changed = close_passes($config, $request, 'stale');
    foreach (find_passes($config, $request) as $number => $pass) {
        if ($pass['state'] !== 'absent') {
            continue;
        }
        $config['filter'] = entries($config['filter'] ?? []);
        $config['filter']['rule'] = entries($config['filter']['rule'] ?? []);
        $config['filter']['rule'][] = new_pass($request['passes'][$number], pass_description($request))
            + ['tracker' => new_tracker($config)];
        $changed++;
    }
    return $changed;
}

/** Takes rules of ours away: all of them, or the stale ones alone. Returns how many. */
function close_passes(array &$config, array $request, ?string $state = null): int
{
    $named = $state === null ? ['passes' => []] + $request : $request;
    $stale = array_filter(find_passes($config, $named), fn ($pass) => $pass['state'] === 'stale');
    if ($stale !== []) {
        $kept = array_diff_key(filter_rules($config), array_flip(array_column($stale, 'index')));
        $config['filter']['rule'] = array_values($kept);
    }
    return count($stale);
}

/** As pfSense's pages save a rule, which takes its place behind those of others. */
function new_pass(array $wanted, string $description): array
{
    return [
        'type' => 'pass',
        'interface' => $wanted['interface'],
        'ipprotocol' => 'inet6',
        'statetype' => 'keep state',
        'protocol' => 'tcp',
        'source' => ['any' => ''],
        'destination' => ['address' => $wanted['target'], 'port' => (string) $wanted['port']],
        'descr' => $description,
    ];
}

/** Number by which pfSense's log and pages know a rule: the time, or the next one that no rule has. */
function new_tracker(array $config): string
{
    $taken = array_column(array_filter(filter_rules($config), is_array(...)), 'tracker');
    for ($tracker = time(); in_array((string) $tracker, array_map(strval(...), $taken), true); $tracker++);
    return (string) $tracker;
}
