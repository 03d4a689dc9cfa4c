import { expect } from "vitest";
import type { StorageHost } from "./storage-host.ts";

/** Volume of a Deployment of three replicas. */
export const volume = "vm-9999-pvc-a";
export const claim = "mailserver/data";

/** Three pods, as long as their Deployment is not scaled to nothing. */
const cluster = `
case $* in
*persistentvolumes*) cat "$LAB/claims" ;;
*"scale Deployment/mail"*) echo "\${last##*=}" >"$LAB/replicas" ;;
*"get pods"*) if [ "$(cat "$LAB/replicas")" != 0 ]; then printf 'Running\\tReplicaSet/mail-abc\\tmail-abc-x\\tdata\\n'; fi ;;
*"get replicaset/mail-abc"*) printf Deployment/mail ;;
*"get Deployment/mail"*) cat "$LAB/replicas" ;;
esac
`;

/** Fills a host with the volume of a workload that runs, good in a snapshot and a restore point, and damaged now. */
export async function damage(lab: StorageHost, snapshot: Date): Promise<void> {
	lab.volume("a", claim);
	lab.write("kubectl", cluster);
	lab.write("replicas", "3\n");
	lab.write(`lvm/${volume}/file`, "good");
	lab.snapshot("a", snapshot);
	expect(await lab.run("copy.sh")).toMatchObject({ code: 0 });
	lab.write(`lvm/${volume}/file`, "damaged");
}
