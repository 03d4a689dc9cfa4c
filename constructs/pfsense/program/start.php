<?php
/*
 * The last part of the program. It loads pfSense's own files outside of any function, since they set global variables.
 */

namespace Infra\MailEdge;

ini_set('display_errors', 'stderr');
// What they print is no part of the answer.
ob_start();
$code = 0;
try {
    $command = (string) end($argv);
    if (!in_array($command, ['show', 'apply', 'rollback', 'cutOver', 'revert'], true)) {
        throw new Stopped("no such command: $command", 64);
    }
    $request = read_request();
    require_once 'globals.inc';
    $lock = $command === 'show' ? null : lock_edge();
    require_once 'config.inc';
    require_once 'functions.inc';
    require_once 'filter.inc';
    require_once 'haproxy/haproxy.inc';
    $answer = json_encode(run($command, $request), JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR) . "\n";
} catch (\Throwable $error) {
    $code = $error instanceof Stopped ? $error->getCode() : 70;
    fwrite(STDERR, $error->getMessage() . "\n");
    $answer = '';
}
ob_end_clean();
fwrite(STDOUT, $answer);
exit($code);
