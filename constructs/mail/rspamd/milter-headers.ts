/**
 * Configuration of Rspamd's module `milter_headers`: each mail from outside says what the checks of its sender found, in
 * the field that clients and the probe know (RFC 8601). A field of that name that somebody else wrote is removed.
 */
export const milterHeadersConf = `use = ["authentication-results"];
`;
