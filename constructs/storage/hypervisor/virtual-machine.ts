import type { VirtualEnvironmentVmConfig } from "@cdktf/provider-proxmox/lib/virtual-environment-vm/index.js";
import { VirtualEnvironmentVm } from "@cdktf/provider-proxmox/lib/virtual-environment-vm/index.js";
import { Construct } from "constructs";
import { inSeconds } from "../../../config/schema/duration.ts";
import type { Site } from "../../../config/schema/site.ts";
import { siteOf } from "../../site.ts";
import { bootDisk, gibibytes, mebibytes } from "./disk.ts";
import type { MachineTemplate } from "./machine-template.ts";

type Machine = Site["hypervisor"]["machines"][string];

export interface VirtualMachineProps {
	/** Name on the hypervisor. */
	readonly name: string;
	readonly machine: Machine;
	readonly managed: NonNullable<Machine["managed"]>;
	/** Template to clone, with its cloud-init file. @default an empty disk, no cloud-init */
	readonly template?: MachineTemplate;
	/** SSH keys of the operator's account, for a machine with cloud-init. */
	readonly authorizedKeys: readonly string[];
}

/**
 * A virtual machine (docs/reference/storage.md#machines). A plan never destroys or restarts it: a change that needs the
 * guest off waits for its next start, and the operator chooses the moment (docs/runbooks/hypervisor.md).
 *
 * After creation its disks are left to the hypervisor. The CSI driver attaches volumes to running nodes, and at any
 * change of `disk` the provider would detach every disk that the configuration does not list. The boot disk is
 * therefore grown by hand (docs/runbooks/hypervisor.md).
 */
export class VirtualMachine extends Construct {
	constructor(scope: Construct, id: string, props: VirtualMachineProps) {
		super(scope, id);
		const { name, machine, managed, template } = props;
		const { startup } = managed;
		const { storage } = siteOf(this);
		const { datastore } = storage.block;
		new VirtualEnvironmentVm(this, "Resource", {
			nodeName: storage.block.proxmox.zone,
			vmId: machine.id,
			name,
			description: `${machine.purpose}. Kept by Terraform, changes by hand do not last.`,
			...(template === undefined ? {} : { clone: { vmId: template.machineId, full: true } }),
			...(template === undefined ? {} : { initialization: this.#initialization(props, template) }),
			started: machine.running,
			onBoot: machine.running,
			reboot: false,
			rebootAfterUpdate: false,
			startup: {
				order: startup.order,
				upDelay: inSeconds(startup.delay),
				downDelay: inSeconds(startup.shutdownTimeout),
			},
			cpu: { type: "host", cores: machine.cores },
			// No ballooning: the kubelet assumes a constant amount of memory.
			memory: { dedicated: mebibytes(machine.memory), floating: 0 },
			scsiHardware: "virtio-scsi-pci",
			disk: [{ ...bootDisk(datastore), size: gibibytes(machine.disk) }],
			bootOrder: ["scsi0"],
			networkDevice: machine.networks.map((network) => this.#networkDevice(network)),
			operatingSystem: { type: managed.guest },
			// The addresses are static; waiting for the guest agent would delay every plan while it is down.
			agent: { enabled: true, trim: true, waitForIp: { disabled: true } },
			serialDevice: [{}],
			...passThrough(machine, datastore),
			lifecycle: {
				preventDestroy: true,
				// These take effect at creation only. `disk` is ignored as a whole, because an index would not protect
				// disks beyond the list.
				ignoreChanges: ["clone", "initialization", "disk"],
			},
		});
	}

	/**
	 * Bridge and VLAN of an interface, from its subnet. 0 and empty strings are the provider's defaults; it would show
	 * a change if they were left out.
	 */
	#networkDevice({ subnet, mac = "" }: Machine["networks"][number]) {
		const { hypervisor, network } = siteOf(this);
		const [bridge = ""] =
			Object.entries(hypervisor.bridges).find(([, carried]) => carried.includes(subnet)) ?? [];
		return {
			model: "virtio",
			bridge,
			vlanId: network.subnets[subnet]?.vlan ?? 0,
			macAddress: mac.toUpperCase(),
			disconnected: false,
			firewall: false,
			mtu: 0,
			queues: 0,
			rateLimit: 0,
			trunks: "",
		};
	}

	/** Cloud-init of the first boot: addresses, the operator's account, and the file of the template as vendor data. */
	#initialization(
		{ machine, authorizedKeys }: VirtualMachineProps,
		template: MachineTemplate,
	): NonNullable<VirtualEnvironmentVmConfig["initialization"]> {
		const { hypervisor, network, storage } = siteOf(this);
		const { user, nameServers, searchDomain } = hypervisor.guests;
		const host = machine.host === undefined ? undefined : network.hosts[machine.host];
		return {
			datastoreId: storage.block.datastore,
			vendorDataFileId: template.provisionFileId,
			dns: { servers: nameServers, domain: searchDomain },
			ipConfig: machine.networks.map(({ subnet }) => ({
				ipv4:
					host?.subnet === subnet ? fixedAddress(host.address, network.subnets[subnet]) : { address: "dhcp" },
			})),
			// No password: the account accepts keys only.
			userAccount: { username: user, keys: [...authorizedKeys] },
		};
	}
}

function fixedAddress(address: string, subnet: Site["network"]["subnets"][string] | undefined) {
	const prefix = subnet?.cidr.split("/")[1];
	return {
		address: `${address}/${prefix}`,
		...(subnet?.gateway === undefined ? {} : { gateway: subnet.gateway }),
	};
}

/** A passed-through PCI Express device needs UEFI and the q35 chipset. */
function passThrough({ devices }: Machine, datastore: string): Partial<VirtualEnvironmentVmConfig> {
	if (devices.length === 0) return {};
	return {
		machine: "q35",
		bios: "ovmf",
		efiDisk: { datastoreId: datastore, type: "4m" },
		// By mapping, because an API token may not pass a device through by its address.
		hostpci: devices.map((mapping, index) => ({ device: `hostpci${index}`, mapping, pcie: true })),
	};
}
