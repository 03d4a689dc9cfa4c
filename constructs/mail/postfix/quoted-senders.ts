/** Name of the table {@link quotedSenders} in the pod. */
export const quotedSendersFile = "quoted-senders";

/**
 * Senders that stay as they are (canonical(5), regexp_table(5)), looked at before postsrsd is asked: those that must be
 * quoted, such as `"two words"@example.org`. It takes the quotes for letters and the first `@` for the end of the name, so
 * that what it makes is nobody's address, and no answer would come back.
 */
export const quotedSenders = `/^(".*"@[^@]+)$/ $1
`;
