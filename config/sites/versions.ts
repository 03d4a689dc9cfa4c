/** Versions that several parts of a site share, each stated once. */

/**
 * One version for the server, its backup, and the command line of pipelines and users, which all talk to that server.
 */
export const vaultVersion = "2.0.4";

export const vaultImage = `docker.io/hashicorp/vault:${vaultVersion}`;

/** Runs the programs that are mounted into pods. */
export const pythonImage = "docker.io/library/python:3.12.8-alpine";

export const busyboxImage = "docker.io/library/busybox:1.37.0";
