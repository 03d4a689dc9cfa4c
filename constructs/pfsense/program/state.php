<?php
/*
 * What lies beside the configuration: the objects that the last change replaced, for a rollback, and a journal.
 *
 * The journal holds the former objects from before the configuration is written until HAProxy runs with it. One that
 * is there at the start tells of a run that was killed in between: the next change ends what that one began.
 */

namespace Infra\MailEdge;

function previous_file(): string
{
    return $GLOBALS['g']['cf_conf_path'] . '/infra_mail_edge.previous';
}

function journal_file(): string
{
    return $GLOBALS['g']['cf_conf_path'] . '/infra_mail_edge.journal';
}

/** Objects with the names that they replaced; null when there is no such file. */
function load(string $file): ?array
{
    if (!file_exists($file)) {
        return null;
    }
    $saved = json_decode((string) file_get_contents($file), true);
    if (!is_array($saved['objects'] ?? null) || !is_array($saved['replace'] ?? null)) {
        throw new \RuntimeException("$file cannot be read: remove it, or bring it back from a backup");
    }
    return $saved;
}

/** Writes a file whole or not at all. */
function store(string $file, array $saved): void
{
    $next = "$file.next";
    $text = json_encode($saved, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR);
    if (file_put_contents($next, $text) !== strlen($text) || !chmod($next, 0600) || !rename($next, $file)) {
        throw new \RuntimeException("$file cannot be written");
    }
}
