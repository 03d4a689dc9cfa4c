<?php
/*
 * Redirects of pfSense's NAT: where mail that arrives from outside is forwarded.
 *
 * A request holds `redirects`, each with `interface`, `port`, `target` (the edge) and perhaps `formerTarget`.
 */

namespace Infra\MailEdge;

/** Every enabled redirect of a port that the request names, and ports that have none; `state` says where it points. */
function find_redirects(array $config, array $request): array
{
    $found = [];
    foreach ($request['redirects'] as $wanted) {
        $before = count($found);
        foreach (entries(entries($config['nat'] ?? [])['rule'] ?? []) as $index => $rule) {
            if (forwards($rule, $wanted)) {
                $target = $rule['target'] ?? '';
                $state = match (true) {
                    $target === $wanted['target'] => 'edge',
                    $target === ($wanted['formerTarget'] ?? null) => 'former',
                    default => 'other',
                };
                $made = ($rule['descr'] ?? '') === description($request);
                $found[] = ['port' => $wanted['port'], 'state' => $state, 'target' => $target,
                    'made' => $made, 'index' => $index];
            }
        }
        if (count($found) === $before) {
            $found[] = ['port' => $wanted['port'], 'state' => 'absent'];
        }
    }
    return $found;
}

function forwards(array $rule, array $wanted): bool
{
    return ($rule['interface'] ?? '') === $wanted['interface']
        && in_array($rule['protocol'] ?? '', ['tcp', 'tcp/udp'], true)
        && ($rule['ipprotocol'] ?? 'inet') === 'inet'
        && ($rule['local-port'] ?? '') === (string) $wanted['port']
        && !isset($rule['disabled']);
}

/** Marks the redirects that this program has made. */
function description(array $request): string
{
    return $request['prefix'] . 'redirect';
}

/** Forwards the ports to the edge. Returns how many redirects changed; those to a third target stay as they are. */
function cut_over(array &$config, array $request): int
{
    $changed = 0;
    foreach (find_redirects($config, $request) as $redirect) {
        $wanted = wanted_redirect($request, $redirect['port']);
        if ($redirect['state'] === 'former') {
            retarget($config, $redirect['index'], $wanted['target']);
            $changed++;
        } elseif ($redirect['state'] === 'absent') {
            $config['nat'] = entries($config['nat'] ?? []);
            $config['nat']['rule'] = entries($config['nat']['rule'] ?? []);
            $config['nat']['rule'][] = new_redirect($wanted, $request);
            $changed++;
        }
    }
    return $changed;
}

/** Forwards the ports back to their former targets. Returns how many redirects changed. */
function revert(array &$config, array $request): int
{
    $changed = 0;
    $made = [];
    foreach (find_redirects($config, $request) as $redirect) {
        if ($redirect['state'] !== 'edge') {
            continue;
        }
        if ($redirect['made']) {
            $made[$redirect['index']] = true;
        } else {
            $former = wanted_redirect($request, $redirect['port'])['formerTarget'];
            retarget($config, $redirect['index'], $former);
        }
        $changed++;
    }
    if ($made !== []) {
        $config['nat']['rule'] = array_values(array_diff_key($config['nat']['rule'], $made));
    }
    return $changed;
}

/** Reasons not to forward the ports back. */
function revert_problems(array $config, array $request): array
{
    $aliases = array_column(entries(entries($config['aliases'] ?? [])['alias'] ?? []), 'name');
    $problems = [];
    foreach (find_redirects($config, $request) as $redirect) {
        if ($redirect['state'] !== 'edge' || $redirect['made']) {
            continue;
        }
        $former = wanted_redirect($request, $redirect['port'])['formerTarget'] ?? null;
        if ($former === null) {
            $problems[] = "the site does not say where port {$redirect['port']} was forwarded before: state mail.edge.formerTarget";
        } elseif (filter_var($former, FILTER_VALIDATE_IP) === false && !in_array($former, $aliases, true)) {
            $problems[] = "port {$redirect['port']} was forwarded to the alias {$former}, which does not exist any more";
        }
    }
    return $problems;
}

function wanted_redirect(array $request, int $port): array
{
    foreach ($request['redirects'] as $wanted) {
        if ($wanted['port'] === $port) {
            return $wanted;
        }
    }
    throw new \LogicException("no redirect of port $port was asked for");
}

/** The filter rule that pfSense has made for a redirect names the target as well. */
function retarget(array &$config, int|string $index, string $target): void
{
    $rule = &$config['nat']['rule'][$index];
    $former = $rule['target'];
    $rule['target'] = $target;
    $id = $rule['associated-rule-id'] ?? '';
    foreach (array_keys(entries(entries($config['filter'] ?? [])['rule'] ?? [])) as $key) {
        $filter = &$config['filter']['rule'][$key];
        $linked = $id !== '' && ($filter['associated-rule-id'] ?? '') === $id;
        if ($linked && ($filter['destination']['address'] ?? '') === $former) {
            $filter['destination']['address'] = $target;
        }
        unset($filter);
    }
}

function new_redirect(array $wanted, array $request): array
{
    return [
        'interface' => $wanted['interface'],
        'ipprotocol' => 'inet',
        'protocol' => 'tcp',
        'source' => ['any' => ''],
        'destination' => ['network' => $wanted['interface'] . 'ip', 'port' => (string) $wanted['port']],
        'target' => $wanted['target'],
        'local-port' => (string) $wanted['port'],
        // Lets pass what it redirects, without a filter rule of its own.
        'associated-rule-id' => 'pass',
        'descr' => description($request),
    ];
}
