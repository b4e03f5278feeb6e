;; The inner loop of both resamplers, eight taps at a time. What it computes, and in which units, says fir-kernel.ts;
;; `npm run build:kernel` assembles it into fir-kernel-module.ts. Here all places and steps count in bytes.
(module
  (memory (export "memory") 1)

  (func (export "filter")
    (param $source i32) (param $step i32)
    (param $taps i32) (param $tapsEnd i32)
    (param $target i32) (param $targetStep i32) (param $targetEnd i32)
    (local $x i32) (local $tap i32) (local $gains v128)
    ;; Four outputs are made together, so that each load of taps serves all of them.
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)

    (loop $fourOutputs
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (local.set $x (local.get $source))
      (local.set $tap (local.get $taps))

      ;; Eight products of 16 bits each, added up in pairs to four sums of 32 bits.
      (loop $eightTaps
        (local.set $gains (v128.load (local.get $tap)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $gains)
          (v128.load (local.get $x)))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (local.get $gains)
          (v128.load (i32.add (local.get $x) (local.get $step))))))
        (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (local.get $gains)
          (v128.load (i32.add (local.get $x) (i32.mul (local.get $step) (i32.const 2)))))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (local.get $gains)
          (v128.load (i32.add (local.get $x) (i32.mul (local.get $step) (i32.const 3)))))))
        (local.set $x (i32.add (local.get $x) (i32.const 16)))
        (local.set $tap (i32.add (local.get $tap) (i32.const 16)))
        (br_if $eightTaps (i32.lt_u (local.get $tap) (local.get $tapsEnd))))

      ;; Four sums of each output become two: [a0+a2, b0+b2, a1+a3, b1+b3], and the same of c and d.
      (local.set $a (i32x4.add
        (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b))
        (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b))))
      (local.set $c (i32x4.add
        (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d))
        (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d))))
      ;; One half of each output's sum, and the other.
      (local.set $b (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $a) (local.get $c)))
      (local.set $d (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $a) (local.get $c)))

      ;; Their sum may take 33 bits, half of it does not: (b + d) / 2 rounded down is (b and d) + (b xor d) / 2.
      (local.set $a (i32x4.add
        (v128.and (local.get $b) (local.get $d))
        (i32x4.shr_s (v128.xor (local.get $b) (local.get $d)) (i32.const 1))))
      ;; Half a unit added, 15 bits in all off: rounded to the nearest. Packing clips.
      (local.set $a (i32x4.shr_s
        (i32x4.add (local.get $a) (v128.const i32x4 8192 8192 8192 8192))
        (i32.const 14)))
      (local.set $a (i16x8.narrow_i32x4_s (local.get $a) (local.get $a)))

      (v128.store16_lane 0 (local.get $target) (local.get $a))
      (local.set $target (i32.add (local.get $target) (local.get $targetStep)))
      (v128.store16_lane 1 (local.get $target) (local.get $a))
      (local.set $target (i32.add (local.get $target) (local.get $targetStep)))
      (v128.store16_lane 2 (local.get $target) (local.get $a))
      (local.set $target (i32.add (local.get $target) (local.get $targetStep)))
      (v128.store16_lane 3 (local.get $target) (local.get $a))
      (local.set $target (i32.add (local.get $target) (local.get $targetStep)))

      (local.set $source (i32.add (local.get $source) (i32.mul (local.get $step) (i32.const 4))))
      (br_if $fourOutputs (i32.lt_u (local.get $target) (local.get $targetEnd))))))
