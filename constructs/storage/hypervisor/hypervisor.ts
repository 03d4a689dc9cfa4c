import { TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { defined } from "../../../config/schema/defined.ts";
import { operatorKeysVariable } from "../../../config/schema/hypervisor.ts";
import { siteOf } from "../../site.ts";
import { CloudImage } from "./cloud-image.ts";
import { MachineTemplate } from "./machine-template.ts";
import { VirtualMachine } from "./virtual-machine.ts";

/** Images, templates and every managed machine of the site's hypervisor (docs/reference/storage.md#machines). */
export class Hypervisor extends Construct {
	constructor(scope: Construct, id: string) {
		super(scope, id);
		const { images, templates, machines } = siteOf(this).hypervisor;
		const imagesByName = new Map(
			Object.entries(images).map(([name, image]) => [
				name,
				new CloudImage(this, `image-${name}`, { name, image }),
			]),
		);
		const templatesByName = new Map(
			Object.entries(templates).flatMap(([name, template]) => {
				const image = imagesByName.get(template.image);
				return image === undefined
					? []
					: [[name, new MachineTemplate(this, `template-${name}`, { name, template, image })]];
			}),
		);
		const authorizedKeys = this.#authorizedKeys();
		for (const [name, machine] of Object.entries(machines)) {
			const { managed } = machine;
			if (managed === undefined) continue;
			const template = managed.template === undefined ? undefined : templatesByName.get(managed.template);
			new VirtualMachine(this, `machine-${name}`, {
				name,
				machine,
				managed,
				authorizedKeys,
				...defined({ template }),
			});
		}
	}

	/** SSH keys of the site; where it lists none, a variable that Terraform asks for. */
	#authorizedKeys(): readonly string[] {
		const { authorizedKeys } = siteOf(this).hypervisor.guests;
		if (authorizedKeys !== undefined) return authorizedKeys;
		const variable = new TerraformVariable(this, operatorKeysVariable, {
			type: "list(string)",
			description: "Public SSH keys of the operator, for machines that are made anew",
			nullable: false,
		});
		variable.overrideLogicalId(operatorKeysVariable);
		return variable.listValue;
	}
}
