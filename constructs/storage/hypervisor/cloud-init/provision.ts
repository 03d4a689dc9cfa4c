import type { Site } from "../../../../config/schema/site.ts";
import { type CloudConfig, renderCloudConfig } from "./cloud-config.ts";
import { imageRegistryConfig } from "./image-registry.ts";
import { kubernetesNodeConfig } from "./kubernetes-node.ts";
import { plainMachine } from "./plain-machine.ts";

type Provision = Site["hypervisor"]["templates"][string]["provision"];

const configs: Readonly<Record<Provision, (site: Site) => CloudConfig>> = {
	plain: () => plainMachine,
	"kubernetes-node": kubernetesNodeConfig,
	"image-registry": imageRegistryConfig,
};

/** The cloud-init file of a kind of machine. It is vendor data and holds no secret. */
export function provisionFile(provision: Provision, site: Site): string {
	return renderCloudConfig(configs[provision](site));
}
