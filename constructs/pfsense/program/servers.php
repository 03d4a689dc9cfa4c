<?php
/*
 * What HAProxy's admin socket tells about the servers behind our frontends (management guide, "show stat").
 */

namespace Infra\MailEdge;

/** Every server of our backends; none when HAProxy does not run. `up` means that a check has said so. */
function server_states(string $socket, string $prefix): array
{
    $states = [];
    foreach (statistics($socket) as $row) {
        $backend = $row['pxname'] ?? '';
        $server = $row['svname'] ?? '';
        if (str_starts_with($backend, $prefix) && !in_array($server, ['FRONTEND', 'BACKEND'], true)) {
            // A star marks a check that is under way.
            $check = ltrim($row['check_status'] ?? '', '* ');
            $states[] = [
                'backend' => $backend,
                'server' => $server,
                'status' => $row['status'] ?? '',
                'check' => $check,
                'up' => ($row['status'] ?? '') === 'UP' && $check === 'L4OK',
            ];
        }
    }
    return $states;
}

function statistics(string $socket): array
{
    $stream = @stream_socket_client("unix://$socket", $number, $message, 5);
    if ($stream === false) {
        return [];
    }
    stream_set_timeout($stream, 5);
    fwrite($stream, "show stat\n");
    $lines = explode("\n", trim((string) stream_get_contents($stream)));
    fclose($stream);
    $names = explode(',', ltrim((string) array_shift($lines), '# '));
    $row = fn ($line) => array_combine($names, array_pad(array_slice(explode(',', $line), 0, count($names)), count($names), ''));
    return array_map($row, $lines);
}
