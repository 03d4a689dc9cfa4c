/** What no plan shows and `infra drift` asks: Vault, the zone, the mail edge on pfSense, the NFS server's exports. */
export const sourceNames = ["vault", "dns", "edge", "exports"] as const;

export type SourceName = (typeof sourceNames)[number];
