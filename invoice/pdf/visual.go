package pdf

import (
	"slices"
	"unicode"
)

// rightToLeft tells whether a sign is a letter or mark of a script that runs from right to left.
func rightToLeft(r rune) bool {
	return r >= 0x0590 && (r <= 0x08FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFF) &&
		!unicode.IsDigit(r)
}

// visual puts the right-to-left pieces of a line into the order in which they are drawn. The line as a whole runs
// from left to right. It is not the full algorithm of Unicode: there are no nested levels, letters are not
// joined, and a warning says so.
func visual(line string) string {
	signs := []rune(nil)
	for _, r := range line {
		if rightToLeft(r) {
			signs = []rune(line)
			break
		}
	}
	if signs == nil {
		return line
	}
	for i := 0; i < len(signs); {
		if !rightToLeft(signs[i]) {
			i++
			continue
		}
		end := i + 1 // one past the last right-to-left sign of the piece
		for j := end; j < len(signs) && !leftToRight(signs[j]); j++ {
			if rightToLeft(signs[j]) {
				end = j + 1
			}
		}
		reverse(signs[i:end])
		i = end
	}
	return string(signs)
}

// leftToRight tells whether a sign ends a right-to-left piece. Digits, marks and punctuation do not.
func leftToRight(r rune) bool { return unicode.IsLetter(r) && !rightToLeft(r) }

// reverse turns a piece around; numbers keep their order, marks stay behind their letter, brackets are mirrored.
func reverse(signs []rune) {
	slices.Reverse(signs)
	for i := 0; i < len(signs); {
		j := i + 1
		switch {
		case unicode.IsDigit(signs[i]):
			for j < len(signs) && inNumber(signs, j) {
				j++
			}
		case unicode.IsMark(signs[i]):
			for j < len(signs) && unicode.IsMark(signs[j]) {
				j++
			}
			j = min(j+1, len(signs))
		default:
			signs[i] = mirror(signs[i])
		}
		if j > i+1 {
			slices.Reverse(signs[i:j])
		}
		i = j
	}
}

// inNumber tells whether the sign at i goes on a number: a digit, or a separator before a digit.
func inNumber(signs []rune, i int) bool {
	if unicode.IsDigit(signs[i]) {
		return true
	}
	return (signs[i] == '.' || signs[i] == ',') && i+1 < len(signs) && unicode.IsDigit(signs[i+1])
}

// mirror gives the other one of a pair of brackets, and every other sign as it is.
func mirror(r rune) rune {
	const pairs = "()[]{}<>«»"
	others := []rune(")(][}{><»«")
	for i, left := range []rune(pairs) {
		if left == r {
			return others[i]
		}
	}
	return r
}
