/** What several parts of a site run: each version is stated here, and the parts cannot drift apart. */

/** The server, its backup, the pipelines' command line, and that of people: all talk to one server. */
export const vaultVersion = "2.0.4";

export const vaultImage = `docker.io/hashicorp/vault:${vaultVersion}`;

/** Runs the programs that are mounted into pods. */
export const pythonImage = "docker.io/library/python:3.12.8-alpine";

export const busyboxImage = "docker.io/library/busybox:1.37.0";
