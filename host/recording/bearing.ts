// Rolling bearing geometry and the frequencies at which its defects strike.
//
// Source: Randall and Antoni, "Rolling element bearing diagnostics - a tutorial", Mechanical
// Systems and Signal Processing 25 (2011), section 2. The core computes the same four frequencies
// in integers; these are the floats that the bearing model strikes at and that tests compare with.

/** What the node configuration record carries about the bearing. */
export interface BearingGeometry {
  /** Rolling elements in one row, 3 to 64. */
  rollerCount: number;
  rollerDiameterUm: number;
  pitchDiameterUm: number;
  /** Cosine of the contact angle, Q30. */
  contactCosQ30: number;
}

export type Defect = "healthy" | "outer" | "inner" | "ball";

/** Frequencies in Hz at the given shaft speed. */
export interface DefectFrequencies {
  bpfoHz: number;
  bpfiHz: number;
  /** Twice the ball spin frequency: a damaged ball strikes both races in one turn. */
  ballHz: number;
  ftfHz: number;
}

const Q30 = 2 ** 30;

/**
 * SKF 6205-2RS: the drive-end bearing of the CWRU rig, and what is assumed when nothing is
 * stated.
 */
export const SKF_6205: BearingGeometry = {
  rollerCount: 9,
  rollerDiameterUm: 7940,
  pitchDiameterUm: 39040,
  contactCosQ30: Q30,
};

/** Cosine of an angle of 0 to 89 degrees in Q30. */
export function contactCosQ30(degrees: number): number {
  return Math.round(Math.cos((degrees * Math.PI) / 180) * Q30);
}

export function defectFrequencies(bearing: BearingGeometry, shaftHz: number): DefectFrequencies {
  const cos = bearing.contactCosQ30 / Q30;
  const ratio = (bearing.rollerDiameterUm / bearing.pitchDiameterUm) * cos;
  return {
    bpfoHz: (bearing.rollerCount / 2) * shaftHz * (1 - ratio),
    bpfiHz: (bearing.rollerCount / 2) * shaftHz * (1 + ratio),
    ballHz: (bearing.pitchDiameterUm / bearing.rollerDiameterUm) * shaftHz * (1 - ratio ** 2),
    ftfHz: (shaftHz / 2) * (1 - ratio),
  };
}
