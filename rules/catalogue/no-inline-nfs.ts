import { podTemplates } from "../../world/pods.ts";
import { worldRule } from "../rule.ts";

export const noInlineNfs = worldRule({
	id: "no-inline-nfs",
	severity: "error",
	reason:
		"A pod volume takes no mount options: it is mounted hard, and a silent server hangs the pod and its node for good.",
	remedy: "Mount a claim that is bound to an NFS volume with the site's mount options.",
	*check(world) {
		for (const { owner, volumes } of podTemplates(world))
			for (const { block: volume, path } of volumes)
				if (volume.nfs !== undefined)
					yield {
						subject: owner.resource,
						argument: `${path}.nfs`,
						message: `volume ${volume.name} of ${owner.name} mounts NFS in the pod`,
					};
	},
});
