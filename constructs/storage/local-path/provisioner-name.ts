/** What the classes of the local-path provisioner name it by. */
export const localPathProvisioner = "rancher.io/local-path";
