// What is used of this package, by name: a dynamic import of all of it could not be shaken.
export { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
