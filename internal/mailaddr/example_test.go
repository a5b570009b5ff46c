package mailaddr_test

import (
	"errors"
	"fmt"

	"github.com/billhatch/billhatch/internal/mailaddr"
)

func ExampleParse() {
	a, err := mailaddr.Parse("Jane.Doe@Students.School.EDU")
	fmt.Println(a, a.Masked(), err)

	_, err = mailaddr.Parse(`"jane@school.edu"@evil.com`)
	fmt.Println(err)
	fmt.Println(errors.Is(err, mailaddr.ErrAddress))
	// Output:
	// Jane.Doe@students.school.edu J***@s***.edu <nil>
	// mail address ***@e***.com: holds a quoted part
	// true
}

func ExampleQualifies() {
	for _, domain := range []string{"school.edu", "Students.School.edu", "edu", "school.edu.au", "edu.example.com"} {
		fmt.Println(domain, mailaddr.Qualifies(domain, []string{"edu"}))
	}
	// Output:
	// school.edu true
	// Students.School.edu true
	// edu false
	// school.edu.au false
	// edu.example.com false
}

func ExampleKey() {
	a, _ := mailaddr.Key("Jane@School.edu")
	b, _ := mailaddr.Key("jane@school.EDU.")
	fmt.Println(a == b, a)
	// Output:
	// true jane@school.edu
}
