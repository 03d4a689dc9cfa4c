import { VirtualEnvironmentFile } from "@cdktf/provider-proxmox/lib/virtual-environment-file/index.js";
import { VirtualEnvironmentVm } from "@cdktf/provider-proxmox/lib/virtual-environment-vm/index.js";
import { Construct } from "constructs";
import type { Site } from "../../../config/schema/site.ts";
import { literal } from "../../../world/literal.ts";
import { waive } from "../../../world/waiver.ts";
import { siteOf } from "../../site.ts";
import type { CloudImage } from "./cloud-image.ts";
import { provisionFile } from "./cloud-init/provision.ts";
import { bootDisk, gibibytes, mebibytes } from "./disk.ts";

export interface MachineTemplateProps {
	/** Name on the hypervisor. */
	readonly name: string;
	readonly template: Site["hypervisor"]["templates"][string];
	readonly image: CloudImage;
}

/**
 * A template: a machine without a network that is never started, only cloned, and the cloud-init file of its clones. It
 * is replaced when its image changes.
 */
export class MachineTemplate extends Construct {
	/** VM id, as a reference, so that clones are made after the template. */
	readonly machineId: number;
	/** The cloud-init file of the clones. */
	readonly provisionFileId: string;

	constructor(scope: Construct, id: string, { name, template, image }: MachineTemplateProps) {
		super(scope, id);
		const site = siteOf(this);
		const { hypervisor, storage } = site;
		const nodeName = storage.block.proxmox.zone;
		const snippet = new VirtualEnvironmentFile(this, "provision", {
			nodeName,
			datastoreId: hypervisor.files,
			contentType: "snippets",
			sourceRaw: { fileName: `${name}.yaml`, data: literal(provisionFile(template.provision, site)) },
		});
		this.provisionFileId = snippet.id;
		const machine = new VirtualEnvironmentVm(this, "Resource", {
			nodeName,
			vmId: template.id,
			name,
			description: "Template. Kept by Terraform, changes by hand do not last.",
			template: true,
			started: false,
			onBoot: false,
			cpu: { type: "host", cores: template.cores },
			memory: { dedicated: mebibytes(template.memory) },
			disk: [
				{
					...bootDisk(storage.block.datastore),
					size: gibibytes(template.disk),
					importFromAttribute: image.fileId,
				},
			],
			// Cloud images wait for a serial console.
			serialDevice: [{}],
			operatingSystem: { type: "l26" },
			// The provider reads `import_from` at the creation only.
			lifecycle: { replaceTriggeredBy: [image.address] },
		});
		waive(
			machine,
			"stateful-protected",
			"holds no data: made anew from its image, and its clones are full copies",
		);
		this.machineId = machine.vmId;
	}
}
