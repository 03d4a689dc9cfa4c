/** Name of the provisioner in storage classes. */
export const localPathProvisioner = "rancher.io/local-path";
