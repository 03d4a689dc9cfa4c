<?php
/*
 * Objects of pfSense's HAProxy package: which of them are ours, and how they are exchanged for others.
 *
 * A request holds `prefix`, with which the names of our objects begin, and `replace`, names of foreign objects whose
 * place ours take. Objects are ['settings' => ..., 'pools' => ..., 'frontends' => ...].
 */

namespace Infra\MailEdge;

const SECTIONS = ['pools' => 'ha_pools', 'frontends' => 'ha_backends'];

/** The entries of a list in the configuration, which holds an empty text where XML had an empty element. */
function entries(mixed $list): array
{
    return is_array($list) ? $list : [];
}

function items(mixed $haproxy, string $kind): array
{
    return entries(entries(entries($haproxy)[SECTIONS[$kind]] ?? [])['item'] ?? []);
}

function is_ours(array $object, array $request): bool
{
    $name = $object['name'] ?? '';
    return str_starts_with($name, $request['prefix']) || in_array($name, $request['replace'], true);
}

/** What the configuration holds of ours now. */
function our_objects(mixed $haproxy, array $request): array
{
    $objects = ['settings' => []];
    foreach (array_keys($request['settings']) as $name) {
        $objects['settings'][$name] = entries($haproxy)[$name] ?? null;
    }
    foreach (array_keys(SECTIONS) as $kind) {
        $objects[$kind] = array_values(
            array_filter(items($haproxy, $kind), fn ($object) => is_ours($object, $request))
        );
    }
    return $objects;
}

/** The configuration with other objects in the place of ours. Foreign ones stay as they are, in their order. */
function with_objects(mixed $haproxy, array $objects, array $request): array
{
    $haproxy = entries($haproxy);
    foreach ($objects['settings'] as $name => $value) {
        if ($value === null) {
            unset($haproxy[$name]);
        } else {
            $haproxy[$name] = $value;
        }
    }
    foreach (SECTIONS as $kind => $section) {
        $names = array_column($objects[$kind], 'name');
        $foreign = array_filter(
            items($haproxy, $kind),
            fn ($object) => !is_ours($object, $request) && !in_array($object['name'] ?? '', $names, true)
        );
        $haproxy[$section] = ['item' => array_merge(array_values($foreign), $objects[$kind])];
    }
    return $haproxy;
}

/** Addresses with ports that frontends listen on, as `address:port`; `*` stands for whatever is no literal address. */
function sockets(array $frontends): array
{
    $sockets = [];
    foreach ($frontends as $frontend) {
        foreach (entries(entries($frontend['a_extaddr'] ?? [])['item'] ?? []) as $entry) {
            $literal = ($entry['extaddr'] ?? '') === 'custom';
            $sockets[] = ($literal ? $entry['extaddr_custom'] ?? '' : '*') . ':' . ($entry['extaddr_port'] ?? '');
        }
    }
    return $sockets;
}

/** Foreign frontends that listen where ours will. */
function rivals(mixed $haproxy, array $request): array
{
    $wanted = sockets($request['frontends']);
    $everywhere = array_map(fn ($socket) => '*' . strrchr($socket, ':'), $wanted);
    $rivals = [];
    foreach (items($haproxy, 'frontends') as $frontend) {
        $taken = array_intersect(sockets([$frontend]), array_merge($wanted, $everywhere));
        if (($frontend['status'] ?? '') === 'active' && !is_ours($frontend, $request) && $taken !== []) {
            $rivals[] = ['name' => $frontend['name'] ?? '', 'socket' => reset($taken)];
        }
    }
    return $rivals;
}
