<?php
/*
 * Looks at the mail edge of a pfSense, and changes it. Runs on the router, where a lost connection cannot leave it half
 * changed: once the request has arrived complete, the result is the old state or the new one.
 *
 *   php main.php show|apply|rollback|cutOver|revert <request.json
 *     show      what is there, and what would keep each change from being made
 *     apply     exchanges the objects of the HAProxy package for those of the request
 *     rollback  exchanges them for the ones that the last apply or rollback replaced
 *     cutOver   forwards the ports of the request to the edge, and lets them in over IPv6; revert undoes both
 *
 * A change names the state that it was decided on (`seen`, the digest that show tells). The answer is JSON.
 * Exit: 0 done; 65 the request did not arrive whole; 74 the state is another one than the one seen; 75 another
 * command is changing it; 78 there are reasons against it; 80 refused by HAProxy or by pfSense, old state restored; 81
 * refused, and the old state is not restored. All but 0 and 81 leave everything as it was.
 */

namespace Infra\MailEdge;

/** Ends the run without a result: the exit code, and the reason for standard error. */
final class Stopped extends \Exception
{
}

function read_request(): array
{
    $request = json_decode((string) stream_get_contents(STDIN), true);
    foreach (['settings', 'pools', 'frontends', 'redirects', 'passes', 'replace'] as $key) {
        if (!is_array($request[$key] ?? null)) {
            throw new Stopped("the request did not arrive whole: it has no $key", 65);
        }
    }
    if (!is_string($request['prefix'] ?? null) || $request['prefix'] === '') {
        throw new Stopped('the request did not arrive whole: it has no prefix', 65);
    }
    return $request;
}

/** Two runs never change anything at the same time. Held until the process ends, and not by the HAProxy it started. */
function lock_edge(): mixed
{
    $lock = fopen($GLOBALS['g']['varrun_path'] . '/infra_mail_edge.lock', 'ce');
    if ($lock === false || !flock($lock, LOCK_EX | LOCK_NB)) {
        throw new Stopped('another command is changing the edge', 75);
    }
    return $lock;
}

function package_config(): mixed
{
    return $GLOBALS['config']['installedpackages']['haproxy'] ?? [];
}

function look(array $request): array
{
    $objects = our_objects(package_config(), $request);
    $redirects = find_redirects($GLOBALS['config'], $request);
    $passes = find_passes($GLOBALS['config'], $request);
    return [
        'objects' => $objects,
        'redirects' => $redirects,
        'passes' => $passes,
        'digest' => hash('sha256', json_encode([$objects, $redirects, $passes], JSON_THROW_ON_ERROR)),
        'servers' => server_states($GLOBALS['g']['tmp_path'] . '/haproxy.socket', $request['prefix']),
        'previous' => load(previous_file()),
        'interrupted' => file_exists(journal_file()),
    ];
}

function wanted_objects(array $request): array
{
    return array_intersect_key($request, ['settings' => 0, 'pools' => 0, 'frontends' => 0]);
}

/** Whether objects are the same, in whatever order their keys were saved. */
function same(array $one, array $other): bool
{
    return in_key_order($one) === in_key_order($other);
}

function in_key_order(array $node): array
{
    $node = array_map(fn ($value) => is_array($value) ? in_key_order($value) : $value, $node);
    ksort($node);
    return $node;
}

/** Reasons against a change. */
function problems(string $command, array $state, array $request): array
{
    $problems = [];
    switch ($command) {
        case 'apply':
            foreach (rivals(package_config(), $request) as ['name' => $name, 'socket' => $socket]) {
                $problems[] = "frontend {$name} listens on {$socket}, too: --replace {$name} when the edge takes its place";
            }
            break;
        case 'rollback':
            if ($state['previous'] === null) {
                return ['nothing was replaced here yet'];
            }
            $served = sockets($state['previous']['objects']['frontends']);
            foreach ($state['redirects'] as $redirect) {
                $socket = ($redirect['target'] ?? '') . ':' . $redirect['port'];
                if ($redirect['state'] === 'edge' && array_intersect([$socket, "*:{$redirect['port']}"], $served) === []) {
                    $problems[] = "port {$redirect['port']} is forwarded to {$socket}, where nothing would listen: --revert first";
                }
            }
            foreach ($state['passes'] as $pass) {
                $socket = "{$pass['target']}:{$pass['port']}";
                if ($pass['state'] === 'edge' && !in_array($socket, $served, true)) {
                    $problems[] = "port {$pass['port']} is let in to {$pass['target']}, where nothing would listen: --revert first";
                }
            }
            break;
        case 'cutOver':
            if (!same($state['objects'], wanted_objects($request))) {
                $problems[] = 'the edge of the site is not in force here: apply it first';
            }
            foreach (array_diff(array_column($request['pools'], 'name'), backends_with_servers($state)) as $pool) {
                $problems[] = "pool {$pool} has no server in HAProxy: does it run?";
            }
            foreach ($state['servers'] as $server) {
                if (!$server['up']) {
                    $problems[] = "server {$server['backend']}/{$server['server']} is not up: {$server['status']} {$server['check']}";
                }
            }
            break;
        case 'revert':
            return revert_problems($GLOBALS['config'], $request);
    }
    return $problems;
}

/** The package adds the family of addresses to the name of a pool. */
function backends_with_servers(array $state): array
{
    return array_map(fn ($name) => preg_replace('/_ipv(ANY|4|6)$/', '', $name), array_column($state['servers'], 'backend'));
}

/** From here on signals are ignored: the connection may be gone, and the answer then reaches no reader. */
function ignore_interruptions(): void
{
    ignore_user_abort(true);
    if (function_exists('pcntl_signal')) {
        foreach ([SIGHUP, SIGINT, SIGTERM, SIGPIPE] as $signal) {
            // Not SIG_IGN: HAProxy would inherit that, and never stop again.
            pcntl_signal($signal, fn () => null);
        }
    }
}

/** Puts objects in force and keeps the former ones. Returns whether anything had to be done. */
function exchange(array $wanted, array $request, string $why): bool
{
    $current = our_objects(package_config(), $request);
    if (same($current, $wanted) && !file_exists(journal_file())) {
        return false;
    }
    $former = load(journal_file()) ?? ['objects' => $current, 'replace' => $request['replace']];
    $before = with_objects(package_config(), $former['objects'], $request);
    $GLOBALS['config']['installedpackages']['haproxy'] = with_objects(package_config(), $wanted, $request);
    if (!haproxy_check_and_run($messages, false)) {
        throw new Stopped("haproxy does not take it, nothing was changed:\n" . plain($messages), 80);
    }
    ignore_interruptions();
    $resumed = file_exists(journal_file());
    store(journal_file(), $former);
    if (!written($why)) {
        if (!$resumed) {
            unlink(journal_file());
        }
        throw new Stopped('pfSense did not write its configuration, nothing was changed', 80);
    }
    if (haproxy_check_and_run($messages, true)) {
        rename(journal_file(), previous_file());
        return true;
    }
    $GLOBALS['config']['installedpackages']['haproxy'] = $before;
    if (!written("$why: taken back") || !haproxy_check_and_run($ignored, true)) {
        throw new Stopped("haproxy did not start, and the former objects are not in force again:\n" . plain($messages), 81);
    }
    unlink(journal_file());
    throw new Stopped("haproxy did not start, the former objects are in force again:\n" . plain($messages), 80);
}

/** Forwards the ports to the edge, and lets them in where it listens itself. Returns how many rules changed. */
function let_mail_in(array &$config, array $request): int
{
    return cut_over($config, $request) + open_passes($config, $request);
}

/** Returns how many rules changed. */
function let_mail_go_back(array &$config, array $request): int
{
    return revert($config, $request) + close_passes($config, $request);
}

/** Writes changed redirects and filter rules, and has the packet filter load them. */
function redirect(callable $change, array $request, string $why): bool
{
    $changed = $change($GLOBALS['config'], $request);
    // Left behind by a run that was killed before the packet filter knew.
    if ($changed === 0 && !is_subsystem_dirty('natconf')) {
        return false;
    }
    ignore_interruptions();
    if ($changed > 0) {
        mark_subsystem_dirty('natconf');
        if (!written("$why: $changed rules")) {
            clear_subsystem_dirty('natconf');
            throw new Stopped('pfSense did not write its configuration, nothing was changed', 80);
        }
    }
    filter_configure();
    clear_subsystem_dirty('natconf');
    return true;
}

/**
 * Writes the configuration. pfSense answers -1 when that fails, and false when it does not try: its user may only read, or
 * a reset to factory defaults is pending.
 */
function written(string $why): bool
{
    return !in_array(write_config($why), [-1, false], true);
}

/** Messages of the package are meant for its pages. */
function plain(mixed $messages): string
{
    return trim(html_entity_decode(strip_tags(preg_replace('/(<br\/>)?\n|<br\/>/', "\n", (string) $messages))));
}

function run(string $command, array $request): array
{
    $state = look($request);
    if ($command === 'show') {
        $against = fn ($change) => problems($change, $state, $request);
        $changes = ['apply', 'rollback', 'cutOver', 'revert'];
        return $state + ['problems' => array_combine($changes, array_map($against, $changes))];
    }
    if ($state['digest'] !== ($request['seen'] ?? null)) {
        throw new Stopped('the edge is another one than a moment ago, nothing was changed', 74);
    }
    $problems = problems($command, $state, $request);
    if ($problems !== []) {
        throw new Stopped(implode("\n", $problems), 78);
    }
    return ['changed' => match ($command) {
        'apply' => exchange(wanted_objects($request), $request, 'mail edge applied'),
        'rollback' => exchange(
            $state['previous']['objects'],
            ['replace' => $state['previous']['replace']] + $request,
            'mail edge rolled back',
        ),
        'cutOver' => redirect(let_mail_in(...), $request, 'mail forwarded to the edge'),
        'revert' => redirect(let_mail_go_back(...), $request, 'mail forwarded back'),
    }];
}
