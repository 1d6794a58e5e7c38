import { modifyInstanceAttribute } from "./attributes.ts";
import type { Ec2Action } from "./call.ts";
import { rebootInstances, startInstances, stopInstances, terminateInstances } from "./changeStates.ts";
import { describeInstances } from "./describeInstances.ts";
import { describeInstanceStatus } from "./instanceStatus.ts";
import { describeInstanceTypeOfferings, describeInstanceTypes } from "./instanceTypes.ts";
import { createKeyPair, deleteKeyPair, describeKeyPairs, importKeyPair } from "./keyPairs.ts";
import { describeAvailabilityZones, describeRegions, describeSubnets, describeVpcs } from "./places.ts";
import { runInstances } from "./runInstances.ts";
import {
  authorizeSecurityGroupIngress,
  createSecurityGroup,
  deleteSecurityGroup,
  describeSecurityGroups,
  revokeSecurityGroupIngress,
} from "./securityGroups.ts";
import { cancelSpotInstanceRequests, describeSpotInstanceRequests, describeSpotPriceHistory } from "./spot.ts";
import { describeAddresses, describeImages, describeVolumes, getConsoleOutput } from "./storage.ts";
import { createTags, deleteTags, describeTags } from "./tags.ts";

/** What the emulator can do of EC2. */
export const EC2_ACTIONS: Readonly<Record<string, Ec2Action>> = {
  RunInstances: runInstances,
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  StartInstances: startInstances,
  StopInstances: stopInstances,
  RebootInstances: rebootInstances,
  TerminateInstances: terminateInstances,
  ModifyInstanceAttribute: modifyInstanceAttribute,
  GetConsoleOutput: getConsoleOutput,
  CreateTags: createTags,
  DeleteTags: deleteTags,
  DescribeTags: describeTags,
  DescribeRegions: describeRegions,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeVpcs: describeVpcs,
  DescribeSubnets: describeSubnets,
  CreateSecurityGroup: createSecurityGroup,
  AuthorizeSecurityGroupIngress: authorizeSecurityGroupIngress,
  RevokeSecurityGroupIngress: revokeSecurityGroupIngress,
  DescribeSecurityGroups: describeSecurityGroups,
  DeleteSecurityGroup: deleteSecurityGroup,
  ImportKeyPair: importKeyPair,
  CreateKeyPair: createKeyPair,
  DescribeKeyPairs: describeKeyPairs,
  DeleteKeyPair: deleteKeyPair,
  DescribeVolumes: describeVolumes,
  DescribeImages: describeImages,
  DescribeAddresses: describeAddresses,
  DescribeSpotPriceHistory: describeSpotPriceHistory,
  DescribeSpotInstanceRequests: describeSpotInstanceRequests,
  CancelSpotInstanceRequests: cancelSpotInstanceRequests,
};
